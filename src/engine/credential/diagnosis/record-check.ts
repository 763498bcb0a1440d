import { type Diagnosis, fault, ok, warning } from '../../doctor/check-result.ts';
import type { LoginRecord } from '../../record/login-record.ts';
import { differingKeys, latest, type SecretRecord, type Values } from '../../record/record.ts';
import { fromSecret, type Place } from './commands.ts';

/** What lockstep remembers of the Secret. */
export type RecordFacts =
  | { readonly kind: 'absent' }
  /** `reason` completes a sentence: "it has no index". */
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'read'; readonly record: SecretRecord; readonly data: Values };

interface Around {
  readonly place: Place;
  readonly isKept: boolean;
}

export function recordBehind(facts: RecordFacts, { place, isKept }: Around): Diagnosis {
  switch (facts.kind) {
    case 'absent':
      return isKept
        ? warning(
            'there is no record of it yet, so no password is known that it had before',
            'find out whether a controller runs: lockstep doctor --cluster',
          )
        : ok('no versions of it are kept');
    case 'unreadable':
      return warning(
        `its record can not be used: ${facts.reason}`,
        'docs/history.md says what is left to do',
      );
    case 'read':
      return ofRecord(facts.record, facts.data, place);
  }
}

function ofRecord(record: SecretRecord, data: Values, place: Place): Diagnosis {
  const { login, pending, rollout } = record;
  const { number, time, data: held } = latest(record);
  if (login !== undefined) {
    const diagnosis = ofLogin(login, place);
    if (diagnosis !== undefined) return diagnosis;
  }
  if (rollout?.stopped !== undefined)
    return fault(
      `version ${number} is not rolled out: ${rollout.stopped.workload} ${rollout.stopped.reason}`,
      `lockstep rollback ${place.namespace}/${place.name} --to ${number - 1}`,
    );
  if (pending !== undefined)
    return warning(`version ${pending.number} has been begun, and is not written yet`, '');
  const keys = held === undefined ? [] : differingKeys(held, data);
  if (keys.length > 0)
    return warning(`it was changed since version ${number}, and no version is made of it yet`, '', keys);
  return ok(`it holds version ${number}, of ${instant(time)}`);
}

/** Undefined: nothing to tell of it. */
function ofLogin({ diverged, change, failed, rotated }: LoginRecord, place: Place): Diagnosis | undefined {
  if (diverged !== undefined)
    return fault(
      `Secret and server have gone different ways since ${instant(diverged.since)}, and nothing is done about it: ${diverged.reason}`,
      fromSecret(place),
    );
  if (change !== undefined)
    return warning(
      `a change of its login is under way (${change.cause}): ${change.phase} since ${instant(change.entered)}`,
      '',
    );
  if (failed !== undefined && (rotated === undefined || failed.time > rotated))
    return warning(
      `the last change of its login was undone, on ${instant(failed.time)}: ${failed.reason}`,
      '',
    );
  return undefined;
}

const instant = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');
