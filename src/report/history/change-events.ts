import { phasesOf } from '../../engine/login/change/phases.ts';
import type { LoginRecord, Phase } from '../../engine/secret/record/login-record.ts';
import type { SecretRecord } from '../../engine/secret/record/record.ts';
import { whyText } from './history-text.ts';
import { changeText, PHASE_TEXTS } from './phase-text.ts';

/**
 * Events of a login between two readings of its record, one line each. A phase that passed between them is reported
 * too.
 */
export function changeEvents(
  before: LoginRecord | undefined,
  after: LoginRecord | undefined,
): readonly string[] {
  const [previous, current] = [before?.change, after?.change];
  if (current === undefined) {
    const isComplete =
      previous?.fault === undefined && after?.rotated?.getTime() !== before?.rotated?.getTime();
    return previous !== undefined && isComplete
      ? phasesOf(previous)
          .slice(phasesOf(previous).indexOf(previous.phase) + 1)
          .map(phaseLine)
      : [];
  }
  const phases = phasesOf(current);
  const reached = phases.slice(0, phases.indexOf(current.phase) + 1);
  if (previous?.id === current.id && previous.fault === current.fault)
    return reached.slice(phases.indexOf(previous.phase) + 1).map(phaseLine);
  return [changeText(current), ...(current.fault === undefined ? reached : [current.phase]).map(phaseLine)];
}

const phaseLine = (phase: Phase): string => `${phase}: ${PHASE_TEXTS[phase]}`;

/** New versions between two readings of a record, one line each. */
export const versionEvents = (
  { versions: before }: Pick<SecretRecord, 'versions'>,
  { versions }: Pick<SecretRecord, 'versions'>,
): readonly string[] =>
  versions
    .filter(({ number }) => number > (before.at(-1)?.number ?? 0))
    .map(({ number, why, keys, by }) => `version ${number}, by ${by}: ${whyText(why)} (${keys.join(', ')})`);
