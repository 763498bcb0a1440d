import type { Evaluation } from './evaluation.ts';

/**
 * Computes a fact about a key once, because several steps and rules ask for it. An evaluation never changes, so its
 * facts stay true. The function returned here has a cache of its own.
 */
export function factsByKey<Fact>(): (evaluation: Evaluation, key: string, compute: () => Fact) => Fact {
  const known = new WeakMap<Evaluation, Map<string, Fact>>();
  return (evaluation, key, compute) => {
    const facts = known.get(evaluation) ?? new Map<string, Fact>();
    if (facts.size === 0) known.set(evaluation, facts);
    if (!facts.has(key)) facts.set(key, compute());
    return facts.get(key) as Fact;
  };
}
