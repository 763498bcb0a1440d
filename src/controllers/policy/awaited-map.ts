/** What is known by name, and who waits for what is not yet. */
export interface Acquaintances<Known> {
  readonly get: (name: string) => Known | undefined;
  readonly set: (name: string, known: Known) => void;
  readonly delete: (name: string) => void;
  readonly replace: (all: ReadonlyMap<string, Known>) => void;
  /** Resolves when it is known, or with `patience`. */
  readonly appears: (name: string, patience: Promise<unknown>) => Promise<void>;
}

export function acquaintances<Known>(): Acquaintances<Known> {
  let all = new Map<string, Known>();
  const awaited = new Map<string, Set<() => void>>();

  function arrived(name: string): void {
    for (const resolve of awaited.get(name) ?? []) resolve();
  }

  return {
    get: (name) => all.get(name),
    set: (name, known) => {
      all.set(name, known);
      arrived(name);
    },
    delete: (name) => all.delete(name),
    replace: (others) => {
      all = new Map(others);
      for (const name of awaited.keys()) if (all.has(name)) arrived(name);
    },
    appears: async (name, patience) => {
      if (all.has(name)) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const waiting = awaited.get(name) ?? new Set();
      awaited.set(name, waiting.add(resolve));
      await Promise.race([promise, patience]);
      waiting.delete(resolve);
      if (waiting.size === 0) awaited.delete(name);
    },
  };
}
