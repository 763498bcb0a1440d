import { openCase } from './case.ts';
import { isExempt, matching, type Policies } from './match.ts';
import { GENERATE } from './mend.ts';
import { isOwned } from './owners.ts';
import type { Policy } from './policy.ts';
import type { Request, Secret } from './secret.ts';
import { asksForSibling, siblingOwnerOf } from './sibling-marks.ts';

/** What lockstep may do of itself with a Secret that is stored, whatever it then finds to be done. */
export interface Mandate {
  /** As if somebody wrote anew what is there: nobody in particular, and no base key is set by it. */
  readonly request: Request;
  /** The policies that mean it, in order of precedence. */
  readonly matched: readonly Policy[];
  /** Put derived keys right. */
  readonly heals: boolean;
  /** Make values, and make them anew. */
  readonly generates: boolean;
  /** Restart the workloads that read it. */
  readonly restarts: boolean;
  /** Any of these: its versions are kept. */
  readonly isManaged: boolean;
  /** There may be more to it than to judge it: it is managed, has keys that grow too old, or has or is a sibling. */
  readonly isAttended: boolean;
}

/** What another controller writes, and what can't be written, is never changed; its consumers may be restarted. */
export function mandateOver(
  secret: Secret,
  namespaceLabels: ReadonlyMap<string, string> | undefined,
  policies: Policies,
  ownNamespace: string,
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
  const heals = mayChange && matched.some(({ heal }) => heal);
  const generates =
    mayChange && secret.annotations.get(GENERATE) === 'true' && hasGenerated(request, matched);
  const restarts = matched.some(({ restart }) => restart);
  const isManaged = heals || generates || restarts;
  const isSibling = asksForSibling(secret) || siblingOwnerOf(secret) !== undefined;
  const isAttended = isManaged || isSibling || matched.some(growsOld);
  return { request, matched, heals, generates, restarts, isManaged, isAttended };
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
  [...openCase(request, matched).governed.values()].some(({ entry }) => entry.generate !== undefined);
