/** Longer than any call takes. A call that seems longer was interrupted by a pause of this process. */
const MAX_CALL_MS = 30_000;

/** The time of the API server, which can differ from that of this machine. */
export interface ServerClock {
  /**
   * Makes a call and stores the offset from the `Date` of its answer. A call that lasted too long is ignored: its date
   * is outdated.
   */
  readonly measure: <Answer extends DatedResponse>(call: () => Promise<Answer>) => Promise<Answer>;
  /** This machine's clock, corrected by the last known offset. */
  readonly now: () => Date;
  /** Milliseconds by which the API server's clock is ahead, accurate to about a second. */
  readonly offsetMs: () => number;
  /** This machine's uncorrected clock, to measure durations. */
  readonly local: () => Date;
}

/** An answer with its `Date` header. Undefined: the answer has none. */
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
