import { setImmediate as turn } from 'node:timers/promises';

/** Time that passes only when a test says so. */
export interface VirtualTime {
  /** Milliseconds. */
  readonly now: () => number;
  /** Resolves after that many milliseconds, or when the signal comes. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Lets so much time pass, and all that happens in it happen in its order. */
  readonly pass: (milliseconds: number) => Promise<void>;
  /** How many sleep. */
  readonly sleepers: () => number;
}

export function virtualTime(): VirtualTime {
  let now = 0;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  return {
    now: () => now,
    sleepers: () => sleepers.length,
    sleep: (milliseconds, signal) => {
      if (signal?.aborted) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = (): void => {
        sleepers = sleepers.filter((each) => each !== sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { at: now + milliseconds, wake };
      sleepers.push(sleeper);
      signal?.addEventListener('abort', wake);
      return promise;
    },
    pass: async (milliseconds) => {
      const end = now + milliseconds;
      await turn();
      for (;;) {
        const next = sleepers.reduce((a, b) => (b.at < a.at ? b : a), { at: end + 1, wake: () => {} });
        if (next.at > end) break;
        now = next.at;
        next.wake();
        await turn();
      }
      now = end;
    },
  };
}
