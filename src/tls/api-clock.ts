/** The time as the API server has it, which may be another than this machine's. */
export interface ApiClock {
  /** To be called with the `Date` of each answer; undefined where there was none. */
  readonly hear: (date: Date | undefined) => void;
  /** This machine's clock, put right by the last offset that was heard of. */
  readonly now: () => Date;
  /** How far the API server's clock is ahead. Milliseconds, right to about a second. */
  readonly offset: () => number;
}

export function apiClock(local: () => Date): ApiClock {
  let offset = 0;
  return {
    hear: (date) => {
      if (date !== undefined) offset = date.getTime() - local().getTime();
    },
    now: () => new Date(local().getTime() + offset),
    offset: () => offset,
  };
}
