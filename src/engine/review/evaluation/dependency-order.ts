import type { KeyEntry } from '../../policy/policy.ts';

interface WithEntry {
  readonly entry: KeyEntry;
}

/**
 * Derived keys in the order of their dependencies. `closing` are keys whose template leads back to a key that waits for
 * them. A compile refuses a cycle within one policy, but two policies can form one. Without recursion, because a chain
 * may be long.
 */
export function inDependencyOrder<One extends WithEntry>(
  keys: Iterable<One>,
  byName: ReadonlyMap<string, One>,
): { readonly ordered: readonly One[]; readonly closing: ReadonlySet<One> } {
  const ordered: One[] = [];
  const closing = new Set<One>();
  const state = new Map<One, 'waiting' | 'done'>();
  for (const start of keys) {
    if (start.entry.derive === undefined) continue;
    const open = state.has(start) ? [] : [start];
    for (let name = open.at(-1); name !== undefined; name = open.at(-1)) {
      const bases = basesOf(name, byName);
      const next = bases.find((base) => !state.has(base));
      if (!state.has(name) || next !== undefined) {
        state.set(name, 'waiting');
        if (next !== undefined) open.push(next);
        continue;
      }
      open.pop();
      if (state.get(name) === 'waiting') {
        if (bases.some((base) => state.get(base) === 'waiting')) closing.add(name);
        ordered.push(name);
      }
      state.set(name, 'done');
    }
  }
  return { ordered, closing };
}

/** The base keys that are derived themselves. No other base key has dependencies. */
function basesOf<One extends WithEntry>({ entry }: One, byName: ReadonlyMap<string, One>): readonly One[] {
  const bases: One[] = [];
  for (const name of entry.derive?.baseNames ?? []) {
    const base = byName.get(name);
    if (base?.entry.derive !== undefined) bases.push(base);
  }
  return bases;
}
