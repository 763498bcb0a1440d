import { openCase, reopen } from './case.ts';
import type { Decision, Skip, Surroundings } from './decision.ts';
import { findingsOf } from './judge.ts';
import { isExempt, matching, type Policies } from './match.ts';
import { type Mended, mendCase } from './mend.ts';
import type { Policy } from './policy.ts';
import type { Request, Secret } from './secret.ts';

/** Steps 1 to 4: the keys that lockstep would write. No findings: what can't be mended is `judge`'s to say. */
export function mend(request: Request, policies: Policies, around: Surroundings): Decision {
  return onMatch(request, policies, around, (matched) => {
    const settled = settle(request, policies, matched, around);
    return { policies: settled.matched, changes: settled.changes, findings: [] };
  });
}

/** Steps 1 and 5, on the object as it stands: every finding, and no changes. */
export function judge(request: Request, policies: Policies, around: Surroundings): Decision {
  return onMatch(request, policies, around, (matched) => ({
    policies: matched,
    changes: [],
    findings: findingsOf(openCase(request, matched), around),
  }));
}

/** All five: the changes, and the findings that remain after them. */
export function decide(request: Request, policies: Policies, around: Surroundings): Decision {
  return onMatch(request, policies, around, (matched) => {
    const settled = settle(request, policies, matched, around);
    return {
      policies: settled.matched,
      changes: settled.changes,
      findings: findingsOf(reopen(settled.aCase), around),
    };
  });
}

interface Conclusion extends Pick<Decision, 'changes' | 'findings'> {
  readonly policies: readonly Policy[];
}

/** Step 1, for all three: what is passed by without a look, and the policies that mean the rest. */
function onMatch(
  request: Request,
  policies: Policies,
  { ownNamespace }: Surroundings,
  conclude: (matched: readonly Policy[]) => Conclusion,
): Decision {
  const matched = matching(request, policies);
  const skipped = skipOf(request, matched, ownNamespace);
  if (skipped !== undefined) return { skipped, policies: namesOf(matched), changes: [], findings: [] };
  const conclusion = conclude(matched);
  return { skipped: undefined, ...conclusion, policies: namesOf(conclusion.policies) };
}

const namesOf = (policies: readonly Policy[]): readonly string[] => policies.map(({ name }) => name);

/** A key that lockstep adds may bring in a policy that matches by it. Keys are only ever added, so this ends. */
function settle(
  request: Request,
  policies: Policies,
  matched: readonly Policy[],
  around: Surroundings,
): Mended & { readonly matched: readonly Policy[] } {
  const mended = mendCase(openCase(request, matched), around);
  const { data } = mended.aCase;
  if (data.size === request.secret.data.size) return { ...mended, matched };
  const after = matching({ ...request, secret: { ...request.secret, data } }, policies);
  return after.length === matched.length ? { ...mended, matched } : settle(request, policies, after, around);
}

function skipOf(request: Request, matched: readonly Policy[], ownNamespace: string): Skip | undefined {
  if (isExempt(request, ownNamespace)) return 'exempt';
  if (request.secret.deleting) return 'deleting';
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
