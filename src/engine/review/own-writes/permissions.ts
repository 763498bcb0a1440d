import { isExempt, matchingPolicies } from '../../policy/match/match.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Action } from '../../secret/finding/finding.ts';
import { FIELD_MANAGER } from '../../secret/kubernetes/kubernetes-names.ts';
import { isOwned } from '../../secret/owners.ts';
import type { Request, Secret } from '../../secret/secret.ts';
import { GENERATE_ANNOTATION } from '../decide/generate.ts';
import type { EngineContext } from '../evaluation/decision.ts';
import { type Evaluation, evaluationOf } from '../evaluation/evaluation.ts';
import { requestsDerivedSecret, sourceOfDerivedSecret } from './derived-secret-marks.ts';

/** The actions that lockstep may take on its own for a stored Secret, whether they are necessary or not. */
export interface Permissions {
  /** A request of the controller that writes the stored Secret again, without a username. It sets no base key. */
  readonly request: Request;
  /** The policies that match the Secret, in order of precedence. */
  readonly matched: readonly Policy[];
  /** Below `Enforce`, lockstep does nothing on its own. */
  readonly maxAction: Action;
  /** The Secret has no other owner, and it can be written. A person may then ask for a correction. */
  readonly isChangeable: boolean;
  /** lockstep may write the Secret: it has no other owner, it can be written, and the maximum action allows it. */
  readonly mayWrite: boolean;
  /** lockstep may heal derived keys. */
  readonly mayHeal: boolean;
  /** lockstep may generate and rotate values. */
  readonly mayGenerate: boolean;
  /** lockstep may restart the consumers. */
  readonly mayRestart: boolean;
  /** A policy asks for one of these actions, or keeps a value: lockstep keeps the versions of the Secret. */
  readonly isManaged: boolean;
  /** Validation alone is not enough: the Secret is managed, has keys with a `maxAge`, or has or is a derived Secret. */
  readonly needsReconcile: boolean;
}

/**
 * lockstep never changes an owned Secret, or one that can't be written, but it may restart the consumers. Under
 * `--max-action Warn` it changes nothing and restarts nothing, but it keeps versions. Under `Audit` it keeps no
 * versions either.
 */
export function permissionsFor(
  secret: Secret,
  namespaceLabels: ReadonlyMap<string, string> | undefined,
  policies: readonly Policy[],
  context: Pick<EngineContext, 'ownNamespace' | 'excludedNamespaces' | 'maxAction'>,
): Permissions {
  const request: Request = {
    operation: 'UPDATE',
    secret,
    old: secret,
    username: undefined,
    // The controller changes values on purpose, also those that a policy keeps.
    fieldManager: FIELD_MANAGER,
    namespaceLabels,
  };
  const matched = isExempt(request, context) || secret.deleting ? [] : matchingPolicies(request, policies);
  const isChangeable = !secret.immutable && !isOwned(secret);
  const wantsHeal = isChangeable && matched.some(({ heal }) => heal !== 'Off');
  const wantsGenerate =
    isChangeable &&
    secret.annotations.get(GENERATE_ANNOTATION) === 'true' &&
    hasGenerated({ request, matched });
  const wantsRestart = matched.some(({ restart }) => restart);
  const wantsVersions = isChangeable && matched.some(hasKeptKey);
  const { maxAction } = context;
  const mayAct = maxAction === 'Enforce';
  const isManaged = maxAction !== 'Audit' && (wantsHeal || wantsGenerate || wantsRestart || wantsVersions);
  const isDerivedSecret = requestsDerivedSecret(secret) || sourceOfDerivedSecret(secret) !== undefined;
  const needsReconcile = isManaged || isDerivedSecret || matched.some(hasMaxAge);
  return {
    request,
    matched,
    maxAction,
    isChangeable,
    mayWrite: mayAct && isChangeable,
    mayHeal: mayAct && wantsHeal,
    mayGenerate: mayAct && wantsGenerate,
    mayRestart: mayAct && wantsRestart,
    isManaged,
    needsReconcile,
  };
}

/** The reason why lockstep does nothing on its own below `Enforce`. */
export const reportsOnly = (maxAction: Action): string =>
  `lockstep runs with --max-action ${maxAction}: it reports, and changes nothing`;

/** The permissions for a Secret that is the login of a PostgresCredential. */
export const withLoginPermissions = (
  permissions: Permissions,
  { restart }: { readonly restart: boolean },
): Permissions => ({
  ...permissions,
  mayRestart: permissions.mayRestart || restart,
  isManaged: true,
  needsReconcile: true,
});

export const hasMaxAge = ({ keys }: Policy): boolean => keys.some(({ maxAge }) => maxAge !== undefined);

/** No webhook keeps the value of a Secret that is deleted and created again. Its versions do. */
const hasKeptKey = ({ keys }: Policy): boolean => keys.some(({ onChange }) => onChange !== 'Accept');

const hasGenerated = (stored: Pick<Permissions, 'request' | 'matched'>): boolean =>
  [...storedEvaluation(stored).managedKeys.values()].some(
    ({ entry: { generate, action } }) => generate !== undefined && action !== 'Audit',
  );

/** The evaluation of the stored Secret. Several parts of a reconcile ask for it, and it is computed once. */
export function storedEvaluation({ request, matched }: Pick<Permissions, 'request' | 'matched'>): Evaluation {
  const known = evaluations.get(request);
  if (known?.policies === matched) return known;
  const evaluation = evaluationOf(request, matched);
  evaluations.set(request, evaluation);
  return evaluation;
}

const evaluations = new WeakMap<Request, Evaluation>();
