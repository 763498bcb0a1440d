import type { AuditSummary } from '../../engine/audit/tally.ts';
import { plural } from '../../report/wording.ts';
import type { Shell } from '../cli/shell.ts';

/** Tells a person how far it is, on the last line of a terminal; no other reader of standard error sees anything. */
export interface AuditProgress {
  readonly update: (tally: AuditSummary) => void;
  readonly showStatus: (text: string) => void;
  /** Standard output may be the same terminal: what goes there goes over the line. */
  readonly print: (text: string) => void;
  readonly clear: () => void;
}

/** Between two tellings: as often as an eye follows. Milliseconds. */
const UPDATE_INTERVAL_MS = 100;
const CLEAR = '\r\u001b[K';

export function openAuditProgress(
  { stdout, stderr }: Pick<Shell, 'stdout' | 'stderr'>,
  clock: () => number = () => performance.now(),
): AuditProgress {
  let isShown = false;
  let last = Number.NEGATIVE_INFINITY;
  const clear = (): void => {
    if (isShown) stderr.write(CLEAR);
    isShown = false;
  };
  const showStatus = (text: string): void => {
    if (stderr.isTTY !== true) return;
    stderr.write(`${CLEAR}${text}`);
    isShown = true;
  };
  return {
    update: ({ total, namespaces }) => {
      if (stderr.isTTY !== true || clock() - last < UPDATE_INTERVAL_MS) return;
      last = clock();
      showStatus(
        `judged ${plural(total.secrets, 'Secret')} in ${plural(namespaces.size, 'namespace')}: ${total.denied} would be denied`,
      );
    },
    showStatus,
    print: (text) => {
      if (text === '') return;
      clear();
      stdout.write(text);
    },
    clear,
  };
}
