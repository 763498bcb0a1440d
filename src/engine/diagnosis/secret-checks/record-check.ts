import { explanationText } from '../../login/change/mismatch-explanation.ts';
import { isPasswordCorrect } from '../../login/result/login-result.ts';
import { pageUrl } from '../../secret/finding/docs-url.ts';
import { toKubernetesTime } from '../../secret/kubernetes/conditions.ts';
import { type LoginRecord, loginsOf } from '../../secret/record/login-record.ts';
import {
  differingKeys,
  latestVersion,
  type SecretData,
  type SecretRecord,
} from '../../secret/record/record.ts';
import type { RecordLookup } from '../../secret/record/record-lookup.ts';
import { formerOwner } from '../../secret/record/secret-frame.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import { wayOnFrom } from '../../versions/rollback/stopped-rollout.ts';
import { type CheckResult, fault, ok, warning } from '../check-result.ts';
import type { DiagnosisContext, ServerContext } from './login-evidence.ts';

export type RecordFacts =
  | Exclude<RecordLookup, { kind: 'read' }>
  | {
      readonly kind: 'read';
      readonly record: SecretRecord;
      readonly data: SecretData;
      /** The reason why `lockstep rollback` would refuse the Secret. */
      readonly notWritable: string | undefined;
    };

interface RecordCheckContext extends Pick<DiagnosisContext, 'place' | 'logins'> {
  readonly servers: readonly Pick<ServerContext, 'credentialName'>[];
}

export function recordCheck(facts: RecordFacts, context: RecordCheckContext): CheckResult {
  switch (facts.kind) {
    case 'absent':
      return context.servers.some(({ credentialName }) => credentialName !== undefined)
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
      return checkRecord(facts, context);
  }
}

/** The check of a Secret that does not exist. Its record outlives it. */
export function deletedSecretCheck(record: SecretRecord, { namespace, name }: SecretRef): CheckResult {
  const owner = formerOwner({ namespace, name }, record.frame);
  const { number } = latestVersion(record);
  const since = record.deletedAt === undefined ? '' : `, on ${toKubernetesTime(record.deletedAt)}`;
  return fault(
    `the Secret was deleted${since}; its record holds ${record.versions.length === 1 ? `version ${number}` : `the versions up to ${number}`}`,
    owner === undefined
      ? `lockstep rollback ${namespace}/${name}`
      : `have ${owner} make it again: it wrote this Secret`,
  );
}

function checkRecord(
  { record, data, notWritable }: Extract<RecordFacts, { kind: 'read' }>,
  { place, logins }: RecordCheckContext,
): CheckResult {
  const { pending, rollout } = record;
  const { number, time, data: recorded } = latestVersion(record);
  const [diagnosis] = loginsOf(record)
    .flatMap((login) => checkLoginRecord(login, logins) ?? [])
    .sort((a, b) => Number(b.outcome === 'fault') - Number(a.outcome === 'fault'));
  if (diagnosis !== undefined) return diagnosis;
  if (rollout?.stopped !== undefined) {
    const wayOn = wayOnFrom(record, notWritable);
    return fault(
      `version ${number} is not rolled out: ${rollout.stopped.workload} ${rollout.stopped.reason}`,
      wayOn.kind === 'rollback'
        ? `lockstep rollback ${place.namespace}/${place.name} --to ${wayOn.to}`
        : 'correct the workload, and the rollout continues',
    );
  }
  if (pending !== undefined)
    return warning(`version ${pending.number} has been begun, and is not written yet`, '');
  const keys = recorded === undefined ? [] : differingKeys(recorded, data);
  if (keys.length > 0)
    return warning(`it was changed since version ${number}, and no version is made of it yet`, '', keys);
  return ok(`it holds version ${number}, of ${toKubernetesTime(time)}`);
}

/** Undefined if there is nothing to report. The check of the login has the fix. */
function checkLoginRecord(
  { system, diverged, change, failed, rotated }: LoginRecord,
  logins: RecordCheckContext['logins'],
): CheckResult | undefined {
  if (diverged !== undefined) {
    const since = `since ${toKubernetesTime(diverged.since)}, Secret and server are not in sync`;
    const specified = logins.find(({ isSpecified, target }) => isSpecified && target.system === system);
    if (specified !== undefined && isPasswordCorrect(specified.result))
      return warning(`${since}, but the login opens now: lockstep tries it again within 5 minutes`, '');
    const reported = specified?.managed && explanationText(specified.managed.explanation);
    const reason = reported === diverged.reason ? '' : `: ${diverged.reason}`;
    return fault(`${since}, and lockstep changes neither${reason}`, '');
  }
  if (change !== undefined)
    return warning(
      `a change of its login is under way (${change.cause}): ${change.phase} since ${toKubernetesTime(change.entered)}`,
      '',
    );
  if (failed !== undefined && (rotated === undefined || failed.time > rotated))
    return warning(
      `the last change of its login was ${failed.undone ? 'undone' : 'not begun'}, on ${toKubernetesTime(failed.time)}: ${failed.reason}`,
      '',
    );
  return undefined;
}
