import type { UrlTrial } from '../../engine/diagnosis/audit/controller-preview.ts';
import type { Change } from '../../engine/review/evaluation/decision.ts';
import { loginAttemptLines } from '../../report/audit/controller-preview.ts';

/** The corrections that a login supports. */
export interface Confirmation {
  /** The changes to write. Those that nothing tried are left out. */
  readonly changes: readonly Change[];
  /** The results of the logins. */
  readonly trialLines: readonly string[];
  /** The reason for each change that is left out. */
  readonly skippedLines: readonly string[];
}

/**
 * A URL is written only if the corrected one was tried. If a stored URL opens its server and the corrected one does
 * not, the base key is wrong, so nothing is written at all. `command` corrects without any trial.
 */
export function confirmedByTrials(
  changes: readonly Change[],
  trials: readonly UrlTrial[],
  command: string,
): Confirmation {
  const trialLines = trials.flatMap(loginAttemptLines);
  const regressions = trials.filter(
    ({ stored, corrected }) => stored.kind === 'open' && corrected.kind !== 'open',
  );
  if (regressions.length > 0)
    return {
      changes: [],
      trialLines,
      skippedLines: regressions.map(
        ({ key, bases }) =>
          `${key} opens the server as it is stored: set ${bases} to the password that ${key} holds`,
      ),
    };
  const trialOf = ({ key }: Change): UrlTrial | undefined => trials.find((trial) => trial.key === key);
  const isTried = (change: Change): boolean => (trialOf(change)?.corrected.kind ?? 'untried') !== 'untried';
  const untried = changes.filter((change) => !isTried(change));
  return {
    changes: changes.filter(isTried),
    trialLines,
    skippedLines: [
      ...untried.map((change) => skippedLine(change.key, trialOf(change))),
      ...(untried.length === 0 ? [] : [`${command} corrects without a login`]),
    ],
  };
}

const skippedLine = (key: string, trial: UrlTrial | undefined): string =>
  trial === undefined
    ? `${key} is left as it is: --connect tries only logins of PostgreSQL and Redis`
    : `${key} is left as it is: its corrected URL could not be tried`;
