import { type BudgetedContext, withinBudget } from '../evaluation/budget.ts';
import type { Change, Decision, EngineContext, Skip } from '../evaluation/decision.ts';
import { evaluationOf, reevaluate } from '../evaluation/evaluation.ts';
import { denies } from '../finding/finding.ts';
import { isExempt, matchingPolicies, type Policies } from '../policy/match.ts';
import type { Policy } from '../policy/policy.ts';
import { tooLargeFinding } from '../rules/too-large-finding.ts';
import type { Request, Secret } from '../secret/secret.ts';
import { type Mutation, mutateEvaluation } from './mutate.ts';
import { findingsOf } from './validate.ts';

/**
 * Steps 1 to 4: the keys that lockstep would write. No findings: what can't be mended is `judge`'s to say, and so is that a Secret is too large. A
 * correction is not announced where the write will be refused all the same.
 */
export function mutateSecret(request: Request, policies: Policies, context: EngineContext): Decision {
  return forMatchedPolicies(
    request,
    policies,
    context,
    (matched, budgeted) => {
      const mutation = mutateUntilStable(request, policies, matched, budgeted);
      const isAnnounced = mutation.changes.some(({ warning }) => warning !== undefined);
      const isRefused = isAnnounced && findingsOf(reevaluate(mutation.evaluation), budgeted).some(denies);
      const changes = isRefused ? mutation.changes.map(withoutWarning) : mutation.changes;
      return { policies: mutation.matched, changes, findings: [] };
    },
    (matched) => ({ policies: matched, changes: [], findings: [] }),
  );
}

const withoutWarning = (change: Change): Change => ({ ...change, warning: undefined });

/** Steps 1 and 5, on the object as it stands: every finding, and no changes. */
export function validateSecret(request: Request, policies: Policies, context: EngineContext): Decision {
  return forMatchedPolicies(request, policies, context, (matched, budgeted) => ({
    policies: matched,
    changes: [],
    findings: findingsOf(evaluationOf(request, matched), budgeted),
  }));
}

/** All five: the changes, and the findings that remain after them. */
export function decide(request: Request, policies: Policies, context: EngineContext): Decision {
  return forMatchedPolicies(request, policies, context, (matched, budgeted) => {
    const mutation = mutateUntilStable(request, policies, matched, budgeted);
    return {
      policies: mutation.matched,
      changes: mutation.changes,
      findings: findingsOf(reevaluate(mutation.evaluation), budgeted),
    };
  });
}

interface DecisionDraft extends Pick<Decision, 'changes' | 'findings'> {
  readonly policies: readonly Policy[];
}

/** Step 1, for all three: what is passed by without a look, and the policies that mean the rest. `otherwise`: of what is too large to be judged. */
function forMatchedPolicies(
  request: Request,
  policies: Policies,
  context: EngineContext,
  decideFor: (matched: readonly Policy[], budgeted: BudgetedContext) => DecisionDraft,
  onTooLarge: (matched: readonly Policy[], limit: string) => DecisionDraft = (matched, limit) => ({
    policies: matched,
    changes: [],
    findings: [tooLargeFinding(request, matched, limit, context)],
  }),
): Decision {
  const matched = matchingPolicies(request, policies);
  const skipped = skipOf(request, matched, context.ownNamespace);
  if (skipped !== undefined) return { skipped, policies: namesOf(matched), changes: [], findings: [] };
  const draft = withinBudget(
    request.secret,
    context,
    (metered) => decideFor(matched, metered),
    (limit) => onTooLarge(matched, limit),
  );
  return { skipped: undefined, ...draft, policies: namesOf(draft.policies) };
}

const namesOf = (policies: readonly Policy[]): readonly string[] => policies.map(({ name }) => name);

/** A key that lockstep adds may bring in a policy that matches by it. Keys are only ever added, so this ends. */
function mutateUntilStable(
  request: Request,
  policies: Policies,
  matched: readonly Policy[],
  context: BudgetedContext,
): Mutation & { readonly matched: readonly Policy[] } {
  const mutation = mutateEvaluation(evaluationOf(request, matched), context);
  const { data } = mutation.evaluation;
  if (data.size === request.secret.data.size) return { ...mutation, matched };
  const after = matchingPolicies({ ...request, secret: { ...request.secret, data } }, policies);
  return after.length === matched.length
    ? { ...mutation, matched }
    : mutateUntilStable(request, policies, after, context);
}

/** One that is being deleted is judged like any other: its pods run on, and may read what is written now. */
function skipOf(request: Request, matched: readonly Policy[], ownNamespace: string): Skip | undefined {
  if (isExempt(request, ownNamespace)) return 'exempt';
  if (request.old !== undefined && hasSameData(request.secret, request.old)) return 'unchanged';
  return matched.length === 0 ? 'unmatched' : undefined;
}

function hasSameData({ data }: Secret, { data: before }: Secret): boolean {
  if (data.size !== before.size) return false;
  for (const [key, value] of data) {
    if (!value.equals(before.get(key))) return false;
  }
  return true;
}
