import { type Metered, withinBudget } from '../evaluation/budget.ts';
import type { Change, Decision, Skip, Surroundings } from '../evaluation/decision.ts';
import { openCase, reopen } from '../evaluation/evaluation.ts';
import { denies } from '../finding/finding.ts';
import { isExempt, matching, type Policies } from '../policy/match.ts';
import type { Policy } from '../policy/policy.ts';
import { tooLarge } from '../rules/too-large-finding.ts';
import type { Request, Secret } from '../secret/secret.ts';
import { type Mended, mendCase } from './mutate.ts';
import { findingsOf } from './validate.ts';

/**
 * Steps 1 to 4: the keys that lockstep would write. No findings: what can't be mended is `judge`'s to say, and so is that a Secret is too large. A
 * correction is not announced where the write will be refused all the same.
 */
export function mend(request: Request, policies: Policies, around: Surroundings): Decision {
  return onMatch(
    request,
    policies,
    around,
    (matched, metered) => {
      const settled = settle(request, policies, matched, metered);
      const isAnnounced = settled.changes.some(({ warning }) => warning !== undefined);
      const isRefused = isAnnounced && findingsOf(reopen(settled.aCase), metered).some(denies);
      const changes = isRefused ? settled.changes.map(inSilence) : settled.changes;
      return { policies: settled.matched, changes, findings: [] };
    },
    (matched) => ({ policies: matched, changes: [], findings: [] }),
  );
}

const inSilence = (change: Change): Change => ({ ...change, warning: undefined });

/** Steps 1 and 5, on the object as it stands: every finding, and no changes. */
export function judge(request: Request, policies: Policies, around: Surroundings): Decision {
  return onMatch(request, policies, around, (matched, metered) => ({
    policies: matched,
    changes: [],
    findings: findingsOf(openCase(request, matched), metered),
  }));
}

/** All five: the changes, and the findings that remain after them. */
export function decide(request: Request, policies: Policies, around: Surroundings): Decision {
  return onMatch(request, policies, around, (matched, metered) => {
    const settled = settle(request, policies, matched, metered);
    return {
      policies: settled.matched,
      changes: settled.changes,
      findings: findingsOf(reopen(settled.aCase), metered),
    };
  });
}

interface Conclusion extends Pick<Decision, 'changes' | 'findings'> {
  readonly policies: readonly Policy[];
}

/** Step 1, for all three: what is passed by without a look, and the policies that mean the rest. `otherwise`: of what is too large to be judged. */
function onMatch(
  request: Request,
  policies: Policies,
  around: Surroundings,
  conclude: (matched: readonly Policy[], metered: Metered) => Conclusion,
  otherwise: (matched: readonly Policy[], limit: string) => Conclusion = (matched, limit) => ({
    policies: matched,
    changes: [],
    findings: [tooLarge(request, matched, limit, around)],
  }),
): Decision {
  const matched = matching(request, policies);
  const skipped = skipOf(request, matched, around.ownNamespace);
  if (skipped !== undefined) return { skipped, policies: namesOf(matched), changes: [], findings: [] };
  const conclusion = withinBudget(
    request.secret,
    around,
    (metered) => conclude(matched, metered),
    (limit) => otherwise(matched, limit),
  );
  return { skipped: undefined, ...conclusion, policies: namesOf(conclusion.policies) };
}

const namesOf = (policies: readonly Policy[]): readonly string[] => policies.map(({ name }) => name);

/** A key that lockstep adds may bring in a policy that matches by it. Keys are only ever added, so this ends. */
function settle(
  request: Request,
  policies: Policies,
  matched: readonly Policy[],
  around: Metered,
): Mended & { readonly matched: readonly Policy[] } {
  const mended = mendCase(openCase(request, matched), around);
  const { data } = mended.aCase;
  if (data.size === request.secret.data.size) return { ...mended, matched };
  const after = matching({ ...request, secret: { ...request.secret, data } }, policies);
  return after.length === matched.length ? { ...mended, matched } : settle(request, policies, after, around);
}

/** One that is being deleted is judged like any other: its pods run on, and may read what is written now. */
function skipOf(request: Request, matched: readonly Policy[], ownNamespace: string): Skip | undefined {
  if (isExempt(request, ownNamespace)) return 'exempt';
  if (request.old !== undefined && holdsSame(request.secret, request.old)) return 'unchanged';
  return matched.length === 0 ? 'unmatched' : undefined;
}

function holdsSame({ data }: Secret, { data: before }: Secret): boolean {
  if (data.size !== before.size) return false;
  for (const [key, value] of data) {
    if (!value.equals(before.get(key))) return false;
  }
  return true;
}
