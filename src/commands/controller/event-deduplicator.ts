/** Suppresses repeated Events. A Secret may be reconciled each second while its consumers roll out. */
export interface EventDeduplicator {
  /** `repeated` means after a long time. Undefined means that no report is needed. */
  readonly check: (key: string, identity: string) => 'first' | 'repeated' | undefined;
  readonly delete: (key: string) => void;
}

/** Half of the hour for which the API server keeps an Event. */
const REPEAT_INTERVAL_MS = 30 * 60 * 1000;
/** The limit for one Secret, more than a person reads. */
const MAX_IDENTITIES = 1000;

/** `now` gives milliseconds from any start. */
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
      return last === undefined ? 'first' : 'repeated';
    },
    delete: (key) => {
      recorded.delete(key);
    },
  };
}
