import { LockstepError } from '../../errors.ts';

export interface OutlastNeeds {
  /** One line for whoever waits. */
  readonly say: (line: string) => void;
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** Somebody wants it to end. */
  readonly isToEnd?: () => boolean;
  /** Milliseconds, from any moment on. */
  readonly clock: () => number;
  /** How long the API server may be away. Milliseconds. */
  readonly patience: number;
}

export type Outlast = <Args extends readonly unknown[], Result>(
  ask: (...args: Args) => Promise<Result>,
) => (...args: Args) => Promise<Result>;

/** Between two tries, doubled each time. Milliseconds. */
const SHORTEST = 500;
const LONGEST = 5000;
/** An API server that has just started refuses for a moment what it grants later. Milliseconds. */
const REFUSED_FOR = 60_000;

/** For calls that come after something was begun: one that the API server does not answer is made again until it does. Says so once for each outage. */
export function outlasting({ say, pause, isToEnd = () => false, clock, patience }: OutlastNeeds): Outlast {
  return (ask) =>
    async (...args) => {
      let since: number | undefined;
      for (let wait = SHORTEST; ; wait = Math.min(wait * 2, LONGEST)) {
        try {
          const result = await ask(...args);
          if (since !== undefined) say('the API server answers again');
          return result;
        } catch (error) {
          const limit = limitOf(error, patience);
          if (limit === undefined || isToEnd()) throw error;
          if (since === undefined) say('the API server does not answer; what was begun goes on');
          since ??= clock();
          if (clock() - since > limit) throw error;
        }
        await pause(wait);
      }
    };
}

/** How long that may go on; undefined: it is no outage. */
function limitOf(error: unknown, patience: number): number | undefined {
  if (!(error instanceof LockstepError)) return undefined;
  switch (error.code) {
    case 'LOCKSTEP_CLUSTER_UNREACHABLE':
    case 'LOCKSTEP_CLUSTER_TIMEOUT':
      return patience;
    case 'LOCKSTEP_CLUSTER_REFUSED':
    case 'LOCKSTEP_CLUSTER_UNAUTHENTICATED':
    case 'LOCKSTEP_READ_FORBIDDEN':
      return Math.min(patience, REFUSED_FOR);
    default:
      return undefined;
  }
}

/** The end of something that was begun, where it can't be followed any further: exit code 1 and the reason. */
export async function toldEnd(say: (line: string) => void, follow: () => Promise<number>): Promise<number> {
  try {
    return await follow();
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    say(`stopped: ${error.message}; what was begun is in the record, and whoever leads goes on with it`);
    return 1;
  }
}
