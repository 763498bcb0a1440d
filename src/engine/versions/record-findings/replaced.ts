import type { EngineContext } from '../../review/evaluation/decision.ts';
import type { ManagedKey } from '../../review/evaluation/evaluation.ts';
import { wasConsented } from '../../review/on-change/consent.ts';
import type { Permissions } from '../../review/own-writes/permissions.ts';
import { replaced } from '../../review/rules/record-rules.ts';
import { placeOfFix } from '../../secret/owners.ts';
import { loginsOf } from '../../secret/record/login-record.ts';
import type { SecretRecord, Version } from '../../secret/record/record.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import { rollbackCommand } from '../change-commands.ts';
import { isRestorable } from '../rollback/plan.ts';
import type { KeyChanges, RecordFault } from './record-fault.ts';

/** The Secret was created again with another value, and nothing has changed the key since. */
export function replacedFault(
  permissions: Permissions,
  { key }: ManagedKey,
  changes: KeyChanges,
  record: SecretRecord,
  context: EngineContext,
): RecordFault | undefined {
  if (hasConsent(permissions, changes)) return undefined;
  const before = versionBefore(key, changes, record);
  const earlier = before?.data?.get(key);
  const { secret } = permissions.request;
  if (before === undefined || earlier === undefined || earlier.isEmpty) return undefined;
  const isDecidedByLogin = secret.data.has(key) && permissions.maxAction === 'Enforce';
  if (earlier.equals(secret.data.get(key)) || (isDecidedByLogin && isPasswordOfLogin(earlier, record)))
    return undefined;
  const { namespace, name } = secret;
  return {
    rule: replaced.id,
    message: `has ${secret.data.has(key) ? 'another value' : 'no value any more'} since the Secret was created again`,
    fix: isRestorable(permissions, record, before.number, context)
      ? `if the earlier value is the right one, run ${rollbackCommand({ namespace, name }, before.number)}`
      : `if the earlier value is the right one, set it${placeOfFix(secret)}`,
  };
}

/** The writer of the new Secret has consented to the change, at the time of the write. */
function hasConsent({ request }: Permissions, changes: KeyChanges): boolean {
  const last = changes.at(-1);
  return last !== undefined && wasConsented(request, last);
}

/** The last version of the Secret as it was before it was created again, once or several times in a row. */
function versionBefore(
  key: string,
  changes: KeyChanges,
  { versions, lastChanged }: SecretRecord,
): Version | undefined {
  const stayed = changes.findLastIndex(({ recreated }) => recreated !== true);
  const first = changes[stayed + 1];
  const last = changes.at(-1);
  if (first === undefined || last === undefined) return undefined;
  // lockstep itself has written the key since, most often by a rollback.
  const isOver = (lastChanged.get(key)?.getTime() ?? 0) > last.time.getTime();
  return isOver ? undefined : versions.findLast(({ number }) => number < first.number);
}

/** A PostgresCredential or a RedisCredential names the Secret, and decides by a login which password is right. */
const isPasswordOfLogin = (value: Sensitive, record: SecretRecord): boolean =>
  loginsOf(record)
    .flatMap(({ current, previous }) => [current, previous])
    .some((one) => one?.password.equals(value) === true);
