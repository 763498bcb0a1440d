/** The facts about the keys of one evaluation, by their kind. They are true as long as its data is the same. */
export type Facts = (Map<string, unknown> | undefined)[];

/** A Map answers `undefined` for a key without a fact. */
const NOTHING = Symbol('undefined');

let kinds = 0;

/**
 * Computes a fact about a key once for each evaluation, because several steps and rules ask for it. Each call returns a
 * function for one kind of fact.
 */
export function factsByKey<Fact>() {
  const kind = kinds++;
  return ({ facts }: { readonly facts: Facts }, key: string, compute: () => Fact): Fact => {
    facts[kind] ??= new Map();
    const known = facts[kind];
    const fact = known.get(key);
    if (fact !== undefined) return (fact === NOTHING ? undefined : fact) as Fact;
    const computed = compute();
    known.set(key, computed === undefined ? NOTHING : computed);
    return computed;
  };
}
