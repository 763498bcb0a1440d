import type { Tally } from '../../engine/audit/tally.ts';
import { plural } from '../../report/wording.ts';
import type { Shell } from '../cli/shell.ts';

/** Tells a person how far it is, on the last line of a terminal; no other reader of standard error sees anything. */
export interface Progress {
  readonly tell: (tally: Tally) => void;
  readonly say: (text: string) => void;
  /** Standard output may be the same terminal: what goes there goes over the line. */
  readonly print: (text: string) => void;
  readonly clear: () => void;
}

/** Between two tellings: as often as an eye follows. Milliseconds. */
const STEP = 100;
const CLEAR = '\r\u001b[K';

export function openProgress(
  { stdout, stderr }: Pick<Shell, 'stdout' | 'stderr'>,
  clock: () => number = () => performance.now(),
): Progress {
  let isShown = false;
  let last = Number.NEGATIVE_INFINITY;
  const clear = (): void => {
    if (isShown) stderr.write(CLEAR);
    isShown = false;
  };
  const say = (text: string): void => {
    if (stderr.isTTY !== true) return;
    stderr.write(`${CLEAR}${text}`);
    isShown = true;
  };
  return {
    tell: ({ total, namespaces }) => {
      if (stderr.isTTY !== true || clock() - last < STEP) return;
      last = clock();
      say(
        `judged ${plural(total.secrets, 'Secret')} in ${plural(namespaces.size, 'namespace')}: ${total.denied} would be denied`,
      );
    },
    say,
    print: (text) => {
      if (text === '') return;
      clear();
      stdout.write(text);
    },
    clear,
  };
}
