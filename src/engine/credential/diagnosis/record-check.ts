import { type CheckResult, fault, ok, warning } from '../../doctor/check-result.ts';
import { pageUrl } from '../../finding/docs-url.ts';
import type { LoginRecord } from '../../record/login-record.ts';
import { differingKeys, latestVersion, type SecretData, type SecretRecord } from '../../record/record.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import { fromSecret } from './commands.ts';

/** The record of the Secret. */
export type RecordFacts =
  | { readonly kind: 'absent' }
  /** `reason` completes a sentence: "it has no index". */
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'read'; readonly record: SecretRecord; readonly data: SecretData };

interface RecordCheckContext {
  readonly place: SecretRef;
  readonly isManaged: boolean;
}

export function recordCheck(facts: RecordFacts, { place, isManaged }: RecordCheckContext): CheckResult {
  switch (facts.kind) {
    case 'absent':
      return isManaged
        ? warning(
            'there is no record of it yet, so no password is known that it had before',
            'find out whether a controller runs: lockstep doctor --cluster',
          )
        : ok('no versions of it are kept');
    case 'unreadable':
      return warning(
        `its record can not be used: ${facts.reason}`,
        `${pageUrl('tasks/roll-back.md')} says what is left to do`,
      );
    case 'read':
      return checkRecord(facts.record, facts.data, place);
  }
}

function checkRecord(record: SecretRecord, data: SecretData, place: SecretRef): CheckResult {
  const { login, pending, rollout } = record;
  const { number, time, data: recorded } = latestVersion(record);
  if (login !== undefined) {
    const diagnosis = checkLoginRecord(login, place);
    if (diagnosis !== undefined) return diagnosis;
  }
  if (rollout?.stopped !== undefined)
    return fault(
      `version ${number} is not rolled out: ${rollout.stopped.workload} ${rollout.stopped.reason}`,
      `lockstep rollback ${place.namespace}/${place.name} --to ${number - 1}`,
    );
  if (pending !== undefined)
    return warning(`version ${pending.number} has been begun, and is not written yet`, '');
  const keys = recorded === undefined ? [] : differingKeys(recorded, data);
  if (keys.length > 0)
    return warning(`it was changed since version ${number}, and no version is made of it yet`, '', keys);
  return ok(`it holds version ${number}, of ${instant(time)}`);
}

/** Undefined if there is nothing to report. */
function checkLoginRecord(
  { diverged, change, failed, rotated }: LoginRecord,
  place: SecretRef,
): CheckResult | undefined {
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
