import { type Exclusions, isExempt, matchingPolicies } from '../../policy/match/match.ts';
import type { Policy } from '../../policy/policy.ts';
import { denies } from '../../secret/finding/finding.ts';
import type { Request, Secret } from '../../secret/secret.ts';
import { type BudgetedContext, withinBudget } from '../evaluation/budget.ts';
import type { Change, Decision, EngineContext, Skip } from '../evaluation/decision.ts';
import {
  type Evaluation,
  evaluationOf,
  isAffected,
  type ManagedKey,
  reevaluate,
} from '../evaluation/evaluation.ts';
import { tooLargeFinding } from '../rules/too-large.ts';
import { consentedKeys } from './changed-values.ts';
import { derive } from './derive.ts';
import { generate } from './generate.ts';
import { keep, withoutKept, withoutRepeatedWarnings } from './keep.ts';
import { isMutable, isReadOnly } from './mutable-keys.ts';
import { normalise } from './normalise.ts';
import { type Mutation, mergeChanges } from './step.ts';
import { findingsOf } from './validate.ts';
import type { ValidationMemory } from './validation-memory.ts';

/*
 * The steps for one Secret, in this order:
 *
 *     1 match ─► 2 normalise, keep ─► 3 generate ─► 4 derive ─► 5 validate
 *     mutating webhook: 1 to 4        validating webhook: 1 and 5        commands: 1 to 5
 *
 * Each step gets an evaluation, and returns it with its own writes or findings.
 */

/**
 * Steps 1 to 4: the keys that lockstep would write. The result has no findings: `validateSecret` reports a fault that
 * can't be corrected, and a Secret that is too large. A correction has no warning if the validating webhook will refuse
 * the write. `memory` keeps the findings for `validateSecret`.
 */
export function mutateSecret(
  request: Request,
  policies: readonly Policy[],
  context: EngineContext,
  memory?: ValidationMemory,
): Decision {
  return forMatched(
    request,
    policies,
    context,
    (matched, budgeted) => {
      const { changes, evaluation, matched: finallyMatched } = mutate(request, policies, matched, budgeted);
      const draft = { policies: finallyMatched, changes, findings: [] };
      if (changes.every(({ warning }) => warning === undefined)) return draft;
      const corrected = reevaluate(evaluation);
      const findings = findingsOf(corrected, budgeted);
      memory?.keep(corrected.request, finallyMatched, findings);
      return findings.some(denies) ? { ...draft, changes: changes.map(withoutWarning) } : draft;
    },
    (matched) => ({ policies: matched, changes: [], findings: [] }),
  );
}

const withoutWarning = (change: Change): Change => ({ ...change, warning: undefined });

/** Steps 1 and 5, on the unchanged object: every finding, and no changes. */
export function validateSecret(
  request: Request,
  policies: readonly Policy[],
  context: EngineContext,
  memory?: ValidationMemory,
): Decision {
  return forMatched(request, policies, context, (matched, budgeted) => {
    const evaluation = evaluationOf(request, matched);
    const findings = memory?.take(request, matched) ?? findingsOf(evaluation, budgeted);
    const consented = consentedKeys(evaluation, budgeted);
    return { policies: matched, changes: [], findings, ...(consented.length > 0 && { consented }) };
  });
}

/**
 * All five steps: the changes, and the findings that remain after them. `onEvaluation` receives what the findings are
 * about, with the verdicts that it keeps.
 */
export function decide(
  request: Request,
  policies: readonly Policy[],
  context: EngineContext,
  onEvaluation?: (evaluation: Evaluation) => void,
): Decision {
  return forMatched(request, policies, context, (matched, budgeted) => {
    const mutation = mutate(request, policies, matched, budgeted);
    const evaluation = reevaluate(mutation.evaluation);
    onEvaluation?.(evaluation);
    return {
      policies: mutation.matched,
      changes: mutation.changes,
      findings: findingsOf(evaluation, budgeted),
    };
  });
}

interface DecisionDraft extends Pick<Decision, 'changes' | 'findings' | 'consented'> {
  readonly policies: readonly Policy[];
}

/**
 * Step 1: skips a Secret, or passes the policies that select it to the other steps. `onTooLarge` gives the result for a
 * Secret that is too large to validate.
 */
function forMatched(
  request: Request,
  policies: readonly Policy[],
  context: EngineContext,
  decideFor: (matched: readonly Policy[], budgeted: BudgetedContext) => DecisionDraft,
  onTooLarge: (matched: readonly Policy[], limit: string) => DecisionDraft = (matched, limit) => ({
    policies: matched,
    changes: [],
    findings: [tooLargeFinding(request, matched, limit, context)],
  }),
): Decision {
  const matched = matchingPolicies(request, policies);
  const skipped = skipOf(request, matched, context);
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

interface MatchedMutation extends Mutation {
  readonly matched: readonly Policy[];
}

/** Steps 2 to 4. They run again if a key that they add matches one more policy. */
function mutate(
  request: Request,
  policies: readonly Policy[],
  firstMatched: readonly Policy[],
  context: BudgetedContext,
): MatchedMutation {
  const { old } = request;
  if (old?.immutable === true) return mutateAsStored({ ...request, old }, policies, firstMatched, context);
  let matched = firstMatched;
  // Each round has more policies than the one before, so the loop ends.
  for (;;) {
    const mutation = writeSteps(evaluationOf(request, matched), context);
    const { data } = mutation.evaluation;
    if (data.size === request.secret.data.size) return { ...mutation, matched };
    const after = matchingPolicies({ ...request, secret: { ...request.secret, data } }, policies);
    // An added policy may decide that a key is not added. Without that key fewer policies match, and this is the
    // result.
    if (after.length <= matched.length) return { ...mutation, matched };
    matched = after;
  }
}

/**
 * The manifest of an immutable Secret is sent again, without the writes of lockstep. They are made again if the data is
 * then as it is stored. The API server refuses any other data.
 */
function mutateAsStored(
  request: Request & { readonly old: Secret },
  policies: readonly Policy[],
  matched: readonly Policy[],
  context: BudgetedContext,
): MatchedMutation {
  const created = { ...request, operation: 'CREATE', old: undefined } as const;
  const { changes, evaluation } = mutate(created, policies, matchingPolicies(created, policies), context);
  const written = { ...request.secret, data: evaluation.data };
  return hasSameData(written, request.old)
    ? { changes, evaluation: evaluationOf({ ...request, secret: written }, matched), matched }
    : { changes: [], evaluation: evaluationOf(request, matched), matched };
}

function writeSteps(evaluation: Evaluation, context: BudgetedContext): Mutation {
  if (isReadOnly(evaluation, context)) return { evaluation, changes: [] };
  const normalised = normalise(evaluation, context);
  const kept = keep(normalised.evaluation, context);
  const generated = generate(kept.evaluation, context);
  const mayDerive = (one: ManagedKey, current: Evaluation): boolean =>
    isTouched(current, one.key) && isMutable(normalised.evaluation, one, context);
  const derived = derive(generated.evaluation, mayDerive, context);
  const changes = mergeChanges([
    ...withoutKept(normalised.changes, kept.changes),
    ...kept.changes,
    ...generated.changes,
    ...withoutRepeatedWarnings(derived.changes, kept.changes),
  ]);
  return { evaluation: derived.evaluation, changes };
}

/**
 * A stored key may hold the login that works, whatever its base keys say. An update derives it only if it changed the
 * key or one of its base keys.
 */
const isTouched = (evaluation: Evaluation, key: string): boolean =>
  evaluation.request.old === undefined || isAffected(evaluation, key);

/** A Secret that is being deleted is validated like any other: its pods still run, and may read the written value. */
function skipOf(request: Request, matched: readonly Policy[], exclusions: Exclusions): Skip | undefined {
  if (isExempt(request, exclusions)) return 'exempt';
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
