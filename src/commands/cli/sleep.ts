import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after so many milliseconds, or when the signal comes. */
export const sleepUntilAborted = (milliseconds: number, signal: AbortSignal): Promise<unknown> =>
  sleep(milliseconds, undefined, { signal }).catch(() => {});
