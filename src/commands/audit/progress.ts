import type { AuditSummary } from '../../engine/diagnosis/audit/tally.ts';
import { plural } from '../../report/wording.ts';
import type { Shell } from '../cli/shell.ts';

/** Shows progress on the last line of a terminal. It writes nothing if standard error is no terminal. */
export interface AuditProgress {
  readonly update: (tally: AuditSummary) => void;
  readonly showStatus: (text: string) => void;
  /** Prints above the progress line, because standard output may be the same terminal. */
  readonly print: (text: string) => void;
  readonly clear: () => void;
}

/** Fast enough for the eye. */
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
        `validated ${plural(total.secrets, 'Secret')} in ${plural(namespaces.size, 'namespace')}: ${total.denied} would be denied`,
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
