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
 * Steps 1 to 4: the keys that lockstep would write. The result has no findings: `validateSecret` reports a fault that
 * can't be corrected, and a Secret that is too large. A correction has no warning if the validating webhook will refuse
 * the write.
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

/** Steps 1 and 5, on the unchanged object: every finding, and no changes. */
export function validateSecret(request: Request, policies: Policies, context: EngineContext): Decision {
  return forMatchedPolicies(request, policies, context, (matched, budgeted) => ({
    policies: matched,
    changes: [],
    findings: findingsOf(evaluationOf(request, matched), budgeted),
  }));
}

/** All five steps: the changes, and the findings that remain after them. */
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

/**
 * Step 1 of all three functions: skips a Secret, or returns the policies that select it. `otherwise` gives the result
 * for a Secret that is too large to validate.
 */
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

/** A key that lockstep adds may match one more policy. Keys are only added, so this ends. */
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

/** A Secret that is being deleted is validated like any other: its pods still run, and may read the written value. */
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
