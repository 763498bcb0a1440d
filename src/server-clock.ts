/** Longer than any call takes: what seems to take longer was interrupted. Milliseconds. */
const CALL_AT_MOST = 30_000;

/** The time as the API server has it, which may be another than this machine's. */
export interface ApiClock {
  /** Makes a call and notes the `Date` of its answer. Not of one in which this process seems to have been paused: that date is of the past. */
  readonly listen: <Answer extends Dated>(call: () => Promise<Answer>) => Promise<Answer>;
  /** This machine's clock, put right by the last offset that was heard of. */
  readonly now: () => Date;
  /** How far the API server's clock is ahead. Milliseconds, right to about a second. */
  readonly offset: () => number;
  /** This machine's clock as it is, to tell how long something took. */
  readonly local: () => Date;
}

/** Undefined where the answer had no date. */
export interface Dated {
  readonly date: Date | undefined;
}

export function apiClock(local: () => Date): ApiClock {
  let offset = 0;
  return {
    listen: async (call) => {
      const asked = local().getTime();
      const answer = await call();
      const answered = local().getTime();
      if (answer.date !== undefined && Math.abs(answered - asked) <= CALL_AT_MOST) {
        offset = answer.date.getTime() - answered;
      }
      return answer;
    },
    now: () => new Date(local().getTime() + offset),
    offset: () => offset,
    local,
  };
}
