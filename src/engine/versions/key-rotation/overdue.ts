import { isExcepted } from '../../review/evaluation/exceptions.ts';
import { type Permissions, storedEvaluation } from '../../review/own-writes/permissions.ts';
import type { SecretRecord } from '../../secret/record/record.ts';
import type { Secret } from '../../secret/secret.ts';

/** A key whose value is older than its policy allows. */
export interface OverdueKey {
  readonly key: string;
  /** The policy with the maximum age. */
  readonly policy: string;
  /** The time at which it became overdue. */
  readonly since: Date;
}

/** Without a record, only the time of the last write is known. No key is younger than that. */
export const changedByLastWrite = (
  { data }: Pick<Secret, 'data'>,
  time: Date,
): Pick<SecretRecord, 'lastChanged'> => ({
  lastChanged: new Map([...data.keys()].map((key) => [key, time])),
});

/**
 * The overdue keys of a Secret with a record, which holds the last change of each key. Keys with an exception are left
 * out.
 */
export function overdueKeys(
  permissions: Pick<Permissions, 'request' | 'matched'>,
  { lastChanged }: Pick<SecretRecord, 'lastChanged'>,
  now: Date,
): readonly OverdueKey[] {
  const evaluation = storedEvaluation(permissions);
  return [...evaluation.managedKeys.values()].flatMap((managedKey) => {
    const { key, entry, policy } = managedKey;
    const last = lastChanged.get(key);
    if (entry.maxAge === undefined || last === undefined || evaluation.data.get(key)?.isEmpty !== false)
      return [];
    const since = new Date(last.getTime() + entry.maxAge);
    return since > now || isExcepted(evaluation, managedKey, now)
      ? []
      : [{ key, policy: policy.name, since }];
  });
}
