/** The facts about the keys of one evaluation, by their kind. They are true as long as its data is the same. */
export type Facts = Map<object, Map<string, unknown>>;

/**
 * Computes a fact about a key once for each evaluation, because several steps and rules ask for it. Each call returns a
 * function for one kind of fact.
 */
export function factsByKey<Fact>() {
  const kind = {};
  return ({ facts }: { readonly facts: Facts }, key: string, compute: () => Fact): Fact => {
    let known = facts.get(kind) as Map<string, Fact> | undefined;
    if (known === undefined) {
      known = new Map();
      facts.set(kind, known);
    }
    if (!known.has(key)) known.set(key, compute());
    return known.get(key) as Fact;
  };
}
