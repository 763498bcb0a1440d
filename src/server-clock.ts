/** Longer than any call takes: what seems to take longer was interrupted. Milliseconds. */
const MAX_CALL_MS = 30_000;

/** The time as the API server has it, which may be another than this machine's. */
export interface ServerClock {
  /** Makes a call and notes the `Date` of its answer. Not of one in which this process seems to have been paused: that date is of the past. */
  readonly measure: <Answer extends DatedResponse>(call: () => Promise<Answer>) => Promise<Answer>;
  /** This machine's clock, put right by the last offset that was heard of. */
  readonly now: () => Date;
  /** How far the API server's clock is ahead. Milliseconds, right to about a second. */
  readonly offsetMs: () => number;
  /** This machine's clock as it is, to tell how long something took. */
  readonly local: () => Date;
}

/** Undefined where the answer had no date. */
export interface DatedResponse {
  readonly date: Date | undefined;
}

export function serverClock(local: () => Date): ServerClock {
  let offsetMs = 0;
  return {
    measure: async (call) => {
      const sentAt = local().getTime();
      const response = await call();
      const receivedAt = local().getTime();
      if (response.date !== undefined && Math.abs(receivedAt - sentAt) <= MAX_CALL_MS) {
        offsetMs = response.date.getTime() - receivedAt;
      }
      return response;
    },
    now: () => new Date(local().getTime() + offsetMs),
    offsetMs: () => offsetMs,
    local,
  };
}
