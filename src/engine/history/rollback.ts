import { judge, mend } from '../decide/decide.ts';
import type { Change, Surroundings } from '../evaluation/decision.ts';
import type { Finding } from '../finding/finding.ts';
import { type Mandate, mandateOver } from '../permissions/permissions.ts';
import type { Policies } from '../policy/match.ts';
import { healing } from '../reconcile/repair.ts';
import { differingKeys, type SecretRecord, type Values } from '../record/record.ts';
import { ownerOf } from '../secret/owners.ts';
import type { Secret } from '../secret/secret.ts';
import type { Sensitive } from '../secret/sensitive.ts';

/** What it takes to have a Secret hold again what one of its versions was, or why that can't be. */
export type RollbackPlan =
  /** `known`: the numbers of those that there are. */
  | { readonly kind: 'unknown'; readonly known: readonly number[] }
  /** Its values were edited in the record. */
  | { readonly kind: 'lost' }
  /** `reason` completes "Secret a/b is not rolled back: it …". */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It holds just that. */
  | { readonly kind: 'unchanged' }
  | Restoring;

export interface Restoring {
  readonly kind: 'write';
  readonly data: Values;
  readonly set: ReadonlyMap<string, Sensitive>;
  readonly remove: readonly string[];
  /** `set` and `remove` together. In alphabetical order. */
  readonly keys: readonly string[];
  /** What the policies say of it, as of any other write. */
  readonly findings: readonly Finding[];
}

/** `to`: the number of the version. Byte for byte: nothing is derived or put right on the way. */
export function planRollback(
  { request }: Pick<Mandate, 'request'>,
  { versions }: Pick<SecretRecord, 'versions'>,
  to: number,
  policies: Policies,
  around: Surroundings,
): RollbackPlan {
  const { secret } = request;
  const version = versions.find(({ number }) => number === to);
  if (version === undefined) return { kind: 'unknown', known: versions.map(({ number }) => number) };
  const { data } = version;
  if (data === undefined) return { kind: 'lost' };
  const reason = whyNotWritten(secret);
  if (reason !== undefined) return { kind: 'refused', reason };
  const keys = differingKeys(secret.data, data);
  if (keys.length === 0) return { kind: 'unchanged' };
  return {
    kind: 'write',
    data,
    set: new Map([...data].filter(([key]) => keys.includes(key))),
    remove: keys.filter((key) => !data.has(key)),
    keys,
    findings: judge({ ...request, secret: { ...secret, data }, old: secret }, policies, around).findings,
  };
}

/** The keys of that version that lockstep itself would correct, in alphabetical order. */
export interface Corrections {
  /** The controller would correct them, once they are stored. */
  readonly healed: readonly string[];
  /** The webhook would correct them, on their way in. */
  readonly mended: readonly string[];
}

export function correctionsOf(
  { request }: Pick<Mandate, 'request'>,
  { data }: Pick<Restoring, 'data'>,
  policies: Policies,
  around: Surroundings,
): Corrections {
  const secret = { ...request.secret, data };
  const after = mandateOver(secret, request.namespaceLabels, policies, around);
  return {
    healed: keysOf(healing(after, undefined, around)),
    mended: keysOf(mend({ ...request, secret, old: request.secret }, policies, around).changes),
  };
}

const keysOf = (changes: readonly Change[]): readonly string[] => changes.map(({ key }) => key).sort();

/** Completes "Secret a/b …: it …"; undefined where it may be written. */
export function whyNotWritten(secret: Secret): string | undefined {
  if (secret.deleting) return 'is being deleted';
  const owner = ownerOf(secret);
  if (owner !== undefined) return `belongs to ${owner}, which would write over it: go back at its source`;
  if (secret.immutable) return 'is immutable: delete it, and make it again';
  return undefined;
}
