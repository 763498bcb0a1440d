import type { Policy } from '../../policy/policy.ts';
import { mutateSecret, validateSecret } from '../../review/decide/decide.ts';
import type { Change, EngineContext } from '../../review/evaluation/decision.ts';
import { type Permissions, permissionsFor } from '../../review/own-writes/permissions.ts';
import { denies, type Finding } from '../../secret/finding/finding.ts';
import { ownerOf } from '../../secret/owners.ts';
import { differingKeys, type SecretData, type SecretRecord } from '../../secret/record/record.ts';
import type { Secret } from '../../secret/secret.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import { healingChanges } from '../reconcile/repair.ts';

/** The edit that restores a version of a Secret, or the reason why it can't be restored. */
export type RollbackPlan =
  /** There is no such version. `known` has the existing numbers. */
  | { readonly kind: 'unknown'; readonly known: readonly number[] }
  /** The values of the version were edited in the record. */
  | { readonly kind: 'lost' }
  /** `reason` completes "Secret a/b is not rolled back: it …". */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The Secret holds the data of that version already. */
  | { readonly kind: 'unchanged' }
  | RollbackWrite;

export interface RollbackWrite {
  readonly kind: 'write';
  readonly data: SecretData;
  readonly set: ReadonlyMap<string, Sensitive>;
  readonly remove: readonly string[];
  /** `set` and `remove` together. In alphabetical order. */
  readonly keys: readonly string[];
  /** The findings of the policies, as for any other write. */
  readonly findings: readonly Finding[];
}

/** `to` is the number of the version. The restored data is identical to it: lockstep derives and corrects nothing. */
export function planRollback(
  { request }: Pick<Permissions, 'request'>,
  { versions }: Pick<SecretRecord, 'versions'>,
  to: number,
  policies: readonly Policy[],
  context: EngineContext,
): RollbackPlan {
  const { secret } = request;
  const version = versions.find(({ number }) => number === to);
  if (version === undefined) return { kind: 'unknown', known: versions.map(({ number }) => number) };
  const { data } = version;
  if (data === undefined) return { kind: 'lost' };
  const reason = notWritableReason(secret);
  if (reason !== undefined) return { kind: 'refused', reason };
  const keys = differingKeys(secret.data, data);
  if (keys.length === 0) return { kind: 'unchanged' };
  return {
    kind: 'write',
    data,
    set: new Map([...data].filter(([key]) => keys.includes(key))),
    remove: keys.filter((key) => !data.has(key)),
    keys,
    findings: validateSecret({ ...request, secret: { ...secret, data }, old: secret }, policies, context)
      .findings,
  };
}

/** Whether the policies let the Secret return to that version, without `--force`. */
export function mayRestore(
  permissions: Pick<Permissions, 'request' | 'matched'>,
  record: Pick<SecretRecord, 'versions'>,
  to: number,
  context: EngineContext,
): boolean {
  const plan = planRollback(permissions, record, to, permissions.matched, context);
  return plan.kind === 'unchanged' || (plan.kind === 'write' && !plan.findings.some(denies));
}

/** Whether `lockstep rollback` restores that version unchanged, without `--force`. */
export function isRestorable(
  permissions: Permissions,
  record: Pick<SecretRecord, 'versions'>,
  to: number,
  context: EngineContext,
): boolean {
  const { matched } = permissions;
  const plan = planRollback(permissions, record, to, matched, context);
  if (plan.kind !== 'write' || plan.findings.some(denies)) return false;
  const { byController, byWebhook } = rollbackCorrectionsOf(permissions, plan, matched, context);
  return byController.length + byWebhook.length === 0;
}

/** The keys of that version that lockstep itself would correct, in alphabetical order. */
export interface RollbackCorrections {
  /** The controller would correct them after they are stored. */
  readonly byController: readonly string[];
  /** The webhook would correct them before they are stored. */
  readonly byWebhook: readonly string[];
}

export function rollbackCorrectionsOf(
  { request }: Pick<Permissions, 'request'>,
  { data }: Pick<RollbackWrite, 'data'>,
  policies: readonly Policy[],
  context: EngineContext,
): RollbackCorrections {
  const secret = { ...request.secret, data };
  const after = permissionsFor(secret, request.namespaceLabels, policies, context);
  return {
    byController: keysOf(healingChanges(after, undefined, context)),
    byWebhook: keysOf(mutateSecret({ ...request, secret, old: request.secret }, policies, context).changes),
  };
}

const keysOf = (changes: readonly Change[]): readonly string[] => changes.map(({ key }) => key).sort();

/** The reason completes "Secret a/b is not rolled back: it …". Undefined if the Secret may be written. */
export function notWritableReason(secret: Secret): string | undefined {
  if (secret.deleting) return 'is being deleted';
  const owner = ownerOf(secret);
  if (owner !== undefined) return `belongs to ${owner}, which would overwrite it: roll back at its source`;
  if (secret.immutable) return 'is immutable: delete it, and make it again';
  return undefined;
}
