/** What is said of Secrets: one may be looked at each second, for as long as its consumers are waited for. */
export interface EventDeduplicator {
  /** `news`: it was never said of it; `again`: so long ago that nobody may remember. Undefined where it need not be said. */
  readonly check: (key: string, identity: string) => 'news' | 'again' | undefined;
  readonly delete: (key: string) => void;
}

/** Half of the hour for which the API server keeps an Event. Milliseconds. */
const REPEAT_INTERVAL_MS = 30 * 60 * 1000;
/** Of one Secret; more than anybody reads. */
const MAX_IDENTITIES = 1000;

/** `now`: milliseconds from any start. */
export function eventDeduplicator(now: () => number): EventDeduplicator {
  const recorded = new Map<string, Map<string, number>>();
  return {
    check: (key, identity) => {
      const times = recorded.get(key) ?? new Map<string, number>();
      const last = times.get(identity);
      if (last !== undefined && now() - last < REPEAT_INTERVAL_MS) return undefined;
      recorded.set(key, times.set(identity, now()));
      const [oldest] = times.keys();
      if (times.size > MAX_IDENTITIES && oldest !== undefined) times.delete(oldest);
      return last === undefined ? 'news' : 'again';
    },
    delete: (key) => {
      recorded.delete(key);
    },
  };
}
