import { GENERATE_ANNOTATION } from '../decide/mutate.ts';
import type { EngineContext } from '../evaluation/decision.ts';
import { evaluationOf } from '../evaluation/evaluation.ts';
import { isExempt, matchingPolicies, type Policies } from '../policy/match.ts';
import type { Policy } from '../policy/policy.ts';
import { isOwned } from '../secret/owners.ts';
import type { Request, Secret } from '../secret/secret.ts';
import { requestsDerivedSecret, sourceOfDerivedSecret } from './derived-secret-marks.ts';

/** What lockstep may do of itself with a Secret that is stored, whatever it then finds to be done. */
export interface Permissions {
  /** As if somebody wrote anew what is there: nobody in particular, and no base key is set by it. */
  readonly request: Request;
  /** The policies that mean it, in order of precedence. */
  readonly matched: readonly Policy[];
  /** Anything at all in the Secret: it is nobody else's to write, it can be written, and the operator lets lockstep. */
  readonly mayWrite: boolean;
  /** Put derived keys right. */
  readonly mayHeal: boolean;
  /** Make values, and make them anew. */
  readonly mayGenerate: boolean;
  /** Restart the workloads that read it. */
  readonly mayRestart: boolean;
  /** A policy asks for one of these: the Secret's versions are kept. */
  readonly isManaged: boolean;
  /** There may be more to it than to judge it: it is managed, has keys that grow too old, or has or is a sibling. */
  readonly needsReconcile: boolean;
}

/**
 * A Secret of another controller, or one that can't be written, is never changed; its consumers may be restarted. Under `--max-action Warn` nothing is changed and
 * nobody is restarted, and versions are kept; under `Audit` they are not kept either.
 */
export function permissionsFor(
  secret: Secret,
  namespaceLabels: ReadonlyMap<string, string> | undefined,
  policies: Policies,
  { ownNamespace, maxAction }: Pick<EngineContext, 'ownNamespace' | 'maxAction'>,
): Permissions {
  const request: Request = {
    operation: 'UPDATE',
    secret,
    old: secret,
    username: undefined,
    namespaceLabels,
  };
  const matched =
    isExempt(request, ownNamespace) || secret.deleting ? [] : matchingPolicies(request, policies);
  const mayChange = !secret.immutable && !isOwned(secret);
  const wantsHeal = mayChange && matched.some(({ heal }) => heal !== 'Off');
  const wantsGenerate =
    mayChange && secret.annotations.get(GENERATE_ANNOTATION) === 'true' && hasGenerated(request, matched);
  const wantsRestart = matched.some(({ restart }) => restart);
  const mayAct = maxAction === 'Enforce';
  const isManaged = maxAction !== 'Audit' && (wantsHeal || wantsGenerate || wantsRestart);
  const isDerivedSecret = requestsDerivedSecret(secret) || sourceOfDerivedSecret(secret) !== undefined;
  const needsReconcile = isManaged || isDerivedSecret || matched.some(hasMaxAge);
  return {
    request,
    matched,
    mayWrite: mayAct && mayChange,
    mayHeal: mayAct && wantsHeal,
    mayGenerate: mayAct && wantsGenerate,
    mayRestart: mayAct && wantsRestart,
    isManaged,
    needsReconcile,
  };
}

/** The same of a Secret that is the login of a PostgresCredential. */
export const withLoginPermissions = (
  permissions: Permissions,
  { restart }: { readonly restart: boolean },
): Permissions => ({
  ...permissions,
  mayRestart: permissions.mayRestart || restart,
  isManaged: true,
  needsReconcile: true,
});

const hasMaxAge = ({ keys }: Policy): boolean => keys.some(({ maxAge }) => maxAge !== undefined);

const hasGenerated = (request: Request, matched: readonly Policy[]): boolean =>
  [...evaluationOf(request, matched).managedKeys.values()].some(
    ({ entry: { generate, action } }) => generate !== undefined && action !== 'Audit',
  );
