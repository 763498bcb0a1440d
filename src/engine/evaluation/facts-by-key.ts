import type { KeyPlan } from './key-plan.ts';

/** The facts of one evaluation, by their kind. They are true as long as its data is the same. */
export type Facts = unknown[];

interface HoldsFacts {
  readonly facts: Facts;
  /** They stay true when lockstep writes a derived key that names no login. */
  readonly lastingFacts: Facts;
  readonly plan: KeyPlan;
}

type Store = 'facts' | 'lastingFacts';

/** The facts of one kind, by the number of the key in the plan. A key that has no number there is found by its name. */
interface FactsOfKind {
  readonly byNumber: unknown[];
  byName: Map<string, unknown> | undefined;
}

/** Lists answer `undefined` for a key without a fact. */
const NOTHING = Symbol('undefined');

let kinds = 0;

/**
 * Computes a fact about a key once for each evaluation, because several steps and rules ask for it. Each call returns a
 * function for one kind of fact.
 */
export function factsByKey<Fact>(store: Store = 'facts') {
  const kind = kinds++;
  return ({ [store]: facts, plan }: HoldsFacts, key: string, compute: () => Fact): Fact => {
    let known = facts[kind] as FactsOfKind | undefined;
    if (known === undefined) {
      known = { byNumber: [], byName: undefined };
      facts[kind] = known;
    }
    const number = plan.numberOf.get(key);
    const fact = number === undefined ? known.byName?.get(key) : known.byNumber[number];
    if (fact !== undefined) return (fact === NOTHING ? undefined : fact) as Fact;
    const computed = compute();
    const kept = computed === undefined ? NOTHING : computed;
    if (number !== undefined) known.byNumber[number] = kept;
    else {
      known.byName ??= new Map();
      known.byName.set(key, kept);
    }
    return computed;
  };
}

/** The same for a fact about the evaluation as a whole. */
export function factOnce<Evaluation extends HoldsFacts, Fact extends object>(
  compute: (evaluation: Evaluation) => Fact,
  store: Store = 'facts',
) {
  const kind = kinds++;
  return (evaluation: Evaluation): Fact => {
    const facts = evaluation[store];
    facts[kind] ??= compute(evaluation);
    return facts[kind] as Fact;
  };
}
