import { denies, type Finding, findingIdentity } from '../../secret/finding/finding.ts';
import type { Secret } from '../../secret/secret.ts';
import { findingsOf } from '../decide/validate.ts';
import { type BudgetedContext, withinBudget } from '../evaluation/budget.ts';
import type { EngineContext } from '../evaluation/decision.ts';
import { type Evaluation, evaluationOf } from '../evaluation/evaluation.ts';
import { tooLargeFinding } from '../rules/too-large.ts';
import { type Permissions, storedEvaluation } from './permissions.ts';

/**
 * The findings that a stored Secret has already. A change by lockstep must not add a denial, and an old denial is no
 * reason against it. The findings are computed once, when the first change asks.
 */
export class Baseline {
  readonly #evaluation: () => Evaluation;
  #known: { readonly denials: ReadonlySet<string>; readonly findings: ReadonlySet<string> } | undefined;

  constructor(permissions: Permissions) {
    this.#evaluation = () => storedEvaluation(permissions);
  }

  /** The denials after a change that were no denials before. */
  newDenials(after: Evaluation, context: BudgetedContext): readonly Finding[] {
    const { denials } = this.#before(context);
    return denialsOf(after, context).filter((one) => !denials.has(findingIdentity(one)));
  }

  /**
   * The denials after a change that were not even warnings before. For a change of derived keys only: an old fault of
   * such a key is a warning, because nobody has written the key since. It is a denial after the change.
   */
  newFaults(after: Evaluation, context: BudgetedContext): readonly Finding[] {
    const { findings } = this.#before(context);
    return denialsOf(after, context).filter((one) => !findings.has(findingIdentity(one)));
  }

  #before(context: BudgetedContext) {
    if (this.#known === undefined) {
      const findings = findingsOf(this.#evaluation(), context);
      this.#known = { denials: identitiesOf(findings.filter(denies)), findings: identitiesOf(findings) };
    }
    return this.#known;
  }
}

const denialsOf = (evaluation: Evaluation, context: BudgetedContext): readonly Finding[] =>
  findingsOf(evaluation, context).filter(denies);

const identitiesOf = (findings: readonly Finding[]): ReadonlySet<string> =>
  new Set(findings.map(findingIdentity));

/**
 * The reasons against a change of the stored Secret: the new denials, without those of `exemptKeys`. A Secret that
 * exceeds the budget is refused.
 */
export function refusalsOf(
  { request, matched }: Permissions,
  after: Evaluation,
  exemptKeys: ReadonlySet<string>,
  context: EngineContext,
  baseline: Baseline,
): readonly Finding[] {
  return withinBudget(
    after,
    context,
    (budgeted) => baseline.newDenials(after, budgeted).filter(({ key }) => !exemptKeys.has(key)),
    (limit) => [tooLargeFinding(request, matched, limit, context)],
  );
}

/** The same for a change to `data`. */
export function newDenialsFor(
  permissions: Permissions,
  data: Secret['data'],
  exemptKeys: ReadonlySet<string>,
  context: EngineContext,
  baseline: Baseline = new Baseline(permissions),
): readonly Finding[] {
  const { request, matched } = permissions;
  const after = evaluationOf({ ...request, secret: { ...request.secret, data } }, matched);
  return refusalsOf(permissions, after, exemptKeys, context, baseline);
}
