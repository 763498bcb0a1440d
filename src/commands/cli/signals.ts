import type { Shell } from './shell.ts';

/** The first signal asks to stop. The second one asks to stop at once. */
export interface Signals {
  readonly first: Promise<void>;
  readonly second: Promise<void>;
  readonly count: () => number;
}

export function countSignals(shell: Shell): Signals {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let count = 0;
  shell.onSignal(() => {
    count += 1;
    if (count === 1) first.resolve();
    else second.resolve();
  });
  return { first: first.promise, second: second.promise, count: () => count };
}
