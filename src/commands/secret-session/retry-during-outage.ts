import { setTimeout as sleep } from 'node:timers/promises';
import { LockstepError } from '../../errors/errors.ts';
import type { SecretRun } from './run.ts';

export interface OutageRetryNeeds {
  readonly print: (line: string) => void;
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** Milliseconds from any start. */
  readonly clock: () => number;
  /** The longest outage of the API server that is tolerated, in milliseconds. */
  readonly timeout: number;
}

/** The time of this process, and the limit of the command line. */
export const outageRetryNeeds = ({
  options: { timeout },
  print,
}: Pick<SecretRun, 'options' | 'print'>): OutageRetryNeeds => ({
  print,
  pause: (milliseconds) => sleep(milliseconds),
  clock: () => performance.now(),
  timeout,
});

export type OutageRetry = <Args extends readonly unknown[], Result>(
  call: (...args: Args) => Promise<Result>,
) => (...args: Args) => Promise<Result>;

/** The delay after the first attempt. It doubles after each further one. */
const MIN_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 5000;
/** An API server that has just started briefly refuses requests that it grants later. */
const MAX_REFUSED_MS = 60_000;

/** Repeats calls that follow a first write until the API server answers. Reports each outage once. */
export function outageRetry({ print, pause, clock, timeout }: OutageRetryNeeds): OutageRetry {
  return (call) =>
    async (...args) => {
      let since: number | undefined;
      for (let backoff = MIN_BACKOFF_MS; ; backoff = Math.min(backoff * 2, MAX_BACKOFF_MS)) {
        try {
          const result = await call(...args);
          if (since !== undefined) print('the API server answers again');
          return result;
        } catch (error) {
          const limit = maxOutageOf(error, timeout);
          if (limit === undefined) throw error;
          if (since === undefined) print('the API server does not answer; this command tries again');
          since ??= clock();
          if (clock() - since > limit) throw error;
        }
        await pause(backoff);
      }
    };
}

/** The longest outage to wait for. Undefined if the error is no outage. */
function maxOutageOf(error: unknown, timeout: number): number | undefined {
  if (!(error instanceof LockstepError)) return undefined;
  switch (error.code) {
    case 'LOCKSTEP_CLUSTER_UNREACHABLE':
    case 'LOCKSTEP_CLUSTER_TIMEOUT':
      return timeout;
    case 'LOCKSTEP_CLUSTER_REFUSED':
    case 'LOCKSTEP_CLUSTER_UNAUTHENTICATED':
    case 'LOCKSTEP_READ_FORBIDDEN':
      return Math.min(timeout, MAX_REFUSED_MS);
    default:
      return undefined;
  }
}

/** Ends a run that can't be followed further, with exit code 1 and the reason. */
export async function reportStopped(
  print: (line: string) => void,
  follow: () => Promise<number>,
): Promise<number> {
  try {
    return await follow();
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    print(
      `stopped: ${error.message}. The record holds the work in progress, and a leading controller continues it`,
    );
    return 1;
  }
}
