import type { EngineContext } from '../../review/evaluation/decision.ts';
import type { ManagedKey } from '../../review/evaluation/evaluation.ts';
import { wasConsented } from '../../review/on-change/consent.ts';
import type { Permissions } from '../../review/own-writes/permissions.ts';
import { reverted } from '../../review/rules/record-rules.ts';
import { isOwned, placeOfFix } from '../../secret/owners.ts';
import type { SecretRecord } from '../../secret/record/record.ts';
import { BACKUP_TOOLS } from '../../secret/record/writers.ts';
import { rollbackCommand } from '../change-commands.ts';
import { isRestorable } from '../rollback/plan.ts';
import type { KeyChanges, RecordFault } from './record-fault.ts';
import { pageOf, writerText } from './writer-text.ts';

/** The last writer of the key has undone the change of another writer, most often a rotation by lockstep. */
export function revertedFault(
  permissions: Permissions,
  { key, entry }: ManagedKey,
  changes: KeyChanges,
  record: SecretRecord,
  context: EngineContext,
): RecordFault | undefined {
  const { request } = permissions;
  const last = changes.at(-1);
  const { versions } = record;
  const own = versions.filter(({ keys }) => keys.includes(key));
  // The keys of a Secret that was created again are those of `replaced`.
  if (last === undefined || last.recreated === true || own.at(-1)?.number !== last.number) return undefined;
  const undone = own.at(-2);
  const value = request.secret.data.get(key);
  if (undone === undefined || undone.by === last.by || value?.isEmpty !== false) return undefined;
  const earlier = versions.findLast(
    ({ number, data }) => number < undone.number && data?.get(key)?.equals(value) === true,
  );
  // A person asked the backup tool for the earlier value.
  const isWanted = BACKUP_TOOLS.includes(last.by) || wasConsented(request, last);
  if (earlier === undefined || isWanted) return undefined;
  const { secret } = request;
  const before = versions.findLast(({ number }) => number < last.number);
  const wayBack =
    before !== undefined && isRestorable(permissions, record, before.number, context)
      ? `; if the value before is the right one, run ${rollbackCommand(secret, before.number)}`
      : '';
  const keep =
    entry.onChange === 'Accept' ? 'set onChange: Keep on this key in a policy' : 'change its source';
  return {
    rule: reverted.id,
    message: `was set back to the value of version ${earlier.number} by ${writerText(last.by)}`,
    fix: isOwned(secret)
      ? `set the right value${placeOfFix(secret)}`
      : `${keep}${wayBack}: ${pageOf([last.by])}`,
  };
}
