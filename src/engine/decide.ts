import { type Case, openCase } from './case.ts';
import type { Decision, Skip, Surroundings } from './decision.ts';
import { findingsOf } from './judge.ts';
import { isExempt, matching } from './match.ts';
import { mendCase } from './mend.ts';
import type { Policy } from './policy.ts';
import type { Request, Secret } from './secret.ts';

/** Steps 1 to 4: the keys that lockstep would write. No findings: what can't be mended is `judge`'s to say. */
export function mend(request: Request, policies: readonly Policy[], around: Surroundings): Decision {
  return onMatch(request, policies, around, (aCase) => ({
    changes: mendCase(aCase, around).changes,
    findings: [],
  }));
}

/** Steps 1 and 5, on the object as it stands: every finding, and no changes. */
export function judge(request: Request, policies: readonly Policy[], around: Surroundings): Decision {
  return onMatch(request, policies, around, (aCase) => ({
    changes: [],
    findings: findingsOf(aCase, around),
  }));
}

/** All five: the changes, and the findings that remain after them. */
export function decide(request: Request, policies: readonly Policy[], around: Surroundings): Decision {
  return onMatch(request, policies, around, (aCase) => {
    const mended = mendCase(aCase, around);
    return { changes: mended.changes, findings: findingsOf(mended.aCase, around) };
  });
}

/** Step 1, for all three: what is passed by without a look, and the policies that mean the rest. */
function onMatch(
  request: Request,
  policies: readonly Policy[],
  { ownNamespace }: Surroundings,
  conclude: (aCase: Case) => Pick<Decision, 'changes' | 'findings'>,
): Decision {
  const matched = matching(request, policies);
  const skipped = skipOf(request, matched, ownNamespace);
  const names = matched.map(({ name }) => name);
  if (skipped !== undefined) return { skipped, policies: names, changes: [], findings: [] };
  return { skipped: undefined, policies: names, ...conclude(openCase(request, matched)) };
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
