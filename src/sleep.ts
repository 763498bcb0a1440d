import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after the given number of milliseconds, or at the signal. */
export const sleepUntilAborted = (milliseconds: number, signal: AbortSignal | undefined): Promise<unknown> =>
  sleep(milliseconds, undefined, { signal }).catch(() => {});
