import { GENERATE } from '../decide/mutate.ts';
import type { Surroundings } from '../evaluation/decision.ts';
import { openCase } from '../evaluation/evaluation.ts';
import { isExempt, matching, type Policies } from '../policy/match.ts';
import type { Policy } from '../policy/policy.ts';
import { isOwned } from '../secret/owners.ts';
import type { Request, Secret } from '../secret/secret.ts';
import { asksForSibling, siblingOwnerOf } from './derived-secret-marks.ts';

/** What lockstep may do of itself with a Secret that is stored, whatever it then finds to be done. */
export interface Mandate {
  /** As if somebody wrote anew what is there: nobody in particular, and no base key is set by it. */
  readonly request: Request;
  /** The policies that mean it, in order of precedence. */
  readonly matched: readonly Policy[];
  /** Anything at all in the Secret: it is nobody else's to write, it can be written, and the operator lets lockstep. */
  readonly writes: boolean;
  /** Put derived keys right. */
  readonly heals: boolean;
  /** Make values, and make them anew. */
  readonly generates: boolean;
  /** Restart the workloads that read it. */
  readonly restarts: boolean;
  /** A policy asks for one of these: the Secret's versions are kept. */
  readonly isManaged: boolean;
  /** There may be more to it than to judge it: it is managed, has keys that grow too old, or has or is a sibling. */
  readonly isAttended: boolean;
}

/**
 * A Secret of another controller, or one that can't be written, is never changed; its consumers may be restarted. Under `--max-action Warn` nothing is changed and
 * nobody is restarted, and versions are kept; under `Audit` they are not kept either.
 */
export function mandateOver(
  secret: Secret,
  namespaceLabels: ReadonlyMap<string, string> | undefined,
  policies: Policies,
  { ownNamespace, maxAction }: Pick<Surroundings, 'ownNamespace' | 'maxAction'>,
): Mandate {
  const request: Request = {
    operation: 'UPDATE',
    secret,
    old: secret,
    username: undefined,
    namespaceLabels,
  };
  const matched = isExempt(request, ownNamespace) || secret.deleting ? [] : matching(request, policies);
  const mayChange = !secret.immutable && !isOwned(secret);
  const isToHeal = mayChange && matched.some(({ heal }) => heal !== 'Off');
  const isToGenerate =
    mayChange && secret.annotations.get(GENERATE) === 'true' && hasGenerated(request, matched);
  const isToRestart = matched.some(({ restart }) => restart);
  const acts = maxAction === 'Enforce';
  const isManaged = maxAction !== 'Audit' && (isToHeal || isToGenerate || isToRestart);
  const isSibling = asksForSibling(secret) || siblingOwnerOf(secret) !== undefined;
  const isAttended = isManaged || isSibling || matched.some(growsOld);
  return {
    request,
    matched,
    writes: acts && mayChange,
    heals: acts && isToHeal,
    generates: acts && isToGenerate,
    restarts: acts && isToRestart,
    isManaged,
    isAttended,
  };
}

/** The same of a Secret that is the login of a PostgresCredential. */
export const asLogin = (mandate: Mandate, { restart }: { readonly restart: boolean }): Mandate => ({
  ...mandate,
  restarts: mandate.restarts || restart,
  isManaged: true,
  isAttended: true,
});

const growsOld = ({ keys }: Policy): boolean => keys.some(({ maxAge }) => maxAge !== undefined);

const hasGenerated = (request: Request, matched: readonly Policy[]): boolean =>
  [...openCase(request, matched).governed.values()].some(
    ({ entry: { generate, action } }) => generate !== undefined && action !== 'Audit',
  );
