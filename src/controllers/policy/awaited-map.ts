/** A map whose readers can wait for an entry. */
export interface AwaitedMap<Known> {
  readonly get: (name: string) => Known | undefined;
  readonly set: (name: string, known: Known) => void;
  readonly delete: (name: string) => void;
  readonly replace: (all: ReadonlyMap<string, Known>) => void;
  /** Resolves when the name is known, or when `patience` resolves. */
  readonly waitFor: (name: string, patience: Promise<unknown>) => Promise<void>;
}

export function awaitedMap<Known>(): AwaitedMap<Known> {
  let all = new Map<string, Known>();
  const waiters = new Map<string, Set<() => void>>();

  function notifyWaiters(name: string): void {
    for (const resolve of waiters.get(name) ?? []) resolve();
  }

  return {
    get: (name) => all.get(name),
    set: (name, value) => {
      all.set(name, value);
      notifyWaiters(name);
    },
    delete: (name) => all.delete(name),
    replace: (entries) => {
      all = new Map(entries);
      for (const name of waiters.keys()) if (all.has(name)) notifyWaiters(name);
    },
    waitFor: async (name, timeout) => {
      if (all.has(name)) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const resolvers = waiters.get(name) ?? new Set();
      waiters.set(name, resolvers.add(resolve));
      await Promise.race([promise, timeout]);
      resolvers.delete(resolve);
      if (resolvers.size === 0) waiters.delete(name);
    },
  };
}
