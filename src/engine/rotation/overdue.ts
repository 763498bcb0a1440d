import { openCase } from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import type { Mandate } from '../permissions/permissions.ts';
import type { SecretRecord } from '../record/record.ts';

/** A key whose value is older than its policy allows. */
export interface Overdue {
  readonly key: string;
  /** The policy that says how old it may become. */
  readonly policy: string;
  /** Since when. */
  readonly since: Date;
}

/** Of a Secret with a record, which knows when each key has last changed; of what is excepted nothing is said. */
export function overdueKeys(
  { request, matched }: Pick<Mandate, 'request' | 'matched'>,
  { changed }: Pick<SecretRecord, 'changed'>,
  now: Date,
): readonly Overdue[] {
  const aCase = openCase(request, matched);
  return [...aCase.governed.values()].flatMap((governed) => {
    const { key, entry, policy } = governed;
    const last = changed.get(key);
    if (entry.maxAge === undefined || last === undefined || aCase.data.get(key)?.isEmpty !== false) return [];
    const since = new Date(last.getTime() + entry.maxAge);
    return since > now || isExcepted(aCase, governed, now) ? [] : [{ key, policy: policy.name, since }];
  });
}
