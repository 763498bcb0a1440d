import type { Tally } from '../engine/audit-tally.ts';
import type { Shell } from './shell.ts';

/** Tells a person how far it is, on the last line of a terminal; no other reader of standard error sees anything. */
export interface Progress {
  readonly tell: (tally: Tally) => void;
  /** Standard output may be the same terminal: what goes there goes over the line. */
  readonly print: (text: string) => void;
  readonly clear: () => void;
}

/** Secrets between two tellings: a few tenths of a second. */
const STEP = 500;
const CLEAR = '\r\u001b[K';

export function openProgress({ stdout, stderr }: Pick<Shell, 'stdout' | 'stderr'>): Progress {
  let isShown = false;
  const clear = (): void => {
    if (isShown) stderr.write(CLEAR);
    isShown = false;
  };
  return {
    tell: ({ total, skipped, namespaces }) => {
      if (stderr.isTTY !== true || (total.secrets + skipped) % STEP !== 0) return;
      stderr.write(
        `${CLEAR}judged ${total.secrets} Secrets in ${namespaces.size} namespaces: ${total.denied} would be denied`,
      );
      isShown = true;
    },
    print: (text) => {
      if (text === '') return;
      clear();
      stdout.write(text);
    },
    clear,
  };
}
