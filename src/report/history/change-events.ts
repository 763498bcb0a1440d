import { phasesOf } from '../../engine/credential/change/phases.ts';
import type { LoginRecord, Phase } from '../../engine/record/login-record.ts';
import { changeText, PHASE_TEXTS } from './phase-text.ts';

/** What has happened to a login from one look at its record to the next, a line each; what passed too quickly to be seen is told all the same. */
export function loginEvents(
  before: LoginRecord | undefined,
  after: LoginRecord | undefined,
): readonly string[] {
  const [was, is] = [before?.change, after?.change];
  if (is === undefined) {
    const isThrough = was?.fault === undefined && after?.rotated?.getTime() !== before?.rotated?.getTime();
    return was !== undefined && isThrough
      ? phasesOf(was)
          .slice(phasesOf(was).indexOf(was.phase) + 1)
          .map(lineOf)
      : [];
  }
  const phases = phasesOf(is);
  const reached = phases.slice(0, phases.indexOf(is.phase) + 1);
  if (was?.id === is.id && was.fault === is.fault)
    return reached.slice(phases.indexOf(was.phase) + 1).map(lineOf);
  return [changeText(is), ...(is.fault === undefined ? reached : [is.phase]).map(lineOf)];
}

const lineOf = (phase: Phase): string => `${phase}: ${PHASE_TEXTS[phase]}`;
