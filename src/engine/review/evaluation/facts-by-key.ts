/** The facts of one evaluation, by their kind. They are true as long as its data is the same. */
export type Facts = unknown[];

interface HoldsFacts {
  readonly facts: Facts;
  /** They stay true when lockstep writes a derived key that names no login. */
  readonly lastingFacts: Facts;
}

type Store = 'facts' | 'lastingFacts';

let kinds = 0;

/**
 * Computes a fact about a key once for each evaluation, because several steps and rules ask for it. Each call returns a
 * function for one kind of fact.
 */
export function factsByKey<Fact>(store: Store = 'facts') {
  const kind = kinds++;
  return ({ [store]: facts }: HoldsFacts, key: string, compute: () => Fact): Fact => {
    facts[kind] ??= new Map();
    const known = facts[kind] as Map<string, Fact>;
    const fact = known.get(key);
    if (fact !== undefined || known.has(key)) return fact as Fact;
    const computed = compute();
    known.set(key, computed);
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
