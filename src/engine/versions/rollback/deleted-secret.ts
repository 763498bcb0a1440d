import { exemptionText } from '../../policy/match/match.ts';
import type { Policy } from '../../policy/policy.ts';
import { mutateSecret, validateSecret } from '../../review/decide/decide.ts';
import type { EngineContext } from '../../review/evaluation/decision.ts';
import { permissionsFor } from '../../review/own-writes/permissions.ts';
import type { Finding } from '../../secret/finding/finding.ts';
import { ownerOf } from '../../secret/owners.ts';
import { latestVersion, type SecretRecord } from '../../secret/record/record.ts';
import { frameOf } from '../../secret/record/secret-frame.ts';
import { plainSecret, type Secret } from '../../secret/secret.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import { healingChanges } from '../reconcile/repair.ts';

/** The Secret to create from a version of its record, or the reason why it can't be created. */
export type CreationPlan =
  /** There is no such version. `known` has the existing numbers. */
  | { readonly kind: 'unknown'; readonly known: readonly number[] }
  /** The values of the version were edited in the record. */
  | { readonly kind: 'lost' }
  /** `reason` completes "Secret a/b is not rolled back: it …". */
  | { readonly kind: 'refused'; readonly reason: string }
  | CreationWrite;

export interface CreationWrite {
  readonly kind: 'create';
  readonly secret: Secret;
  /** The record keeps its type, labels and annotations. */
  readonly hasFrame: boolean;
  /** The findings of the policies, as for any other new Secret. */
  readonly findings: readonly Finding[];
  /** The keys that the webhook would correct or add before they are stored, in alphabetical order. */
  readonly byWebhook: readonly string[];
  /** The keys that the controller would correct after they are stored, in alphabetical order. */
  readonly byController: readonly string[];
}

/** The created Secret has the data of version `to`, and the rest as the record saw it last. */
export function planCreation(
  ref: SecretRef,
  { versions, frame }: Pick<SecretRecord, 'versions' | 'frame'>,
  to: number,
  {
    policies,
    namespaceLabels,
  }: {
    readonly policies: readonly Policy[];
    readonly namespaceLabels: ReadonlyMap<string, string> | undefined;
  },
  context: EngineContext,
): CreationPlan {
  const version = versions.find(({ number }) => number === to);
  if (version === undefined) return { kind: 'unknown', known: versions.map(({ number }) => number) };
  if (version.data === undefined) return { kind: 'lost' };
  const recorded = plainSecret({ ...ref, ...frame, data: version.data });
  // A user who may write the record may have added an annotation that only another user may set.
  const secret = { ...recorded, ...frameOf(recorded) };
  const request = {
    operation: 'CREATE',
    secret,
    old: undefined,
    username: undefined,
    namespaceLabels,
  } as const;
  const exemption = exemptionText(request, context);
  if (exemption !== undefined) return { kind: 'refused', reason: `is ${exemption}` };
  const owner = ownerOf(secret);
  if (owner !== undefined)
    return { kind: 'refused', reason: `belonged to ${owner}: have that make it again` };
  const { changes } = mutateSecret(request, policies, context);
  const after = permissionsFor(secret, namespaceLabels, policies, context);
  return {
    kind: 'create',
    secret,
    hasFrame: frame !== undefined,
    findings: validateSecret(request, policies, context).findings,
    byWebhook: changes.map(({ key }) => key).sort(),
    byController: healingChanges(after, undefined, context)
      .map(({ key }) => key)
      .sort(),
  };
}

/**
 * The version to create the Secret from if a person names none: the last one whose values the record has. A login gets
 * the last one with the login that the server was proven to have. `holdsProvenLogin` is undefined for any other Secret.
 */
export const versionToCreate = (
  { versions }: Pick<SecretRecord, 'versions'>,
  holdsProvenLogin: ((version: SecretRecord['versions'][number]) => boolean) | undefined,
): number =>
  (
    (holdsProvenLogin && versions.findLast(holdsProvenLogin)) ??
    versions.findLast(({ data }) => data !== undefined) ??
    latestVersion({ versions })
  ).number;
