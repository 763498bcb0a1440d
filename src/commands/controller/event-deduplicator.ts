/** What is said of Secrets: one may be looked at each second, for as long as its consumers are waited for. */
export interface SaidBefore {
  /** `news`: it was never said of it; `again`: so long ago that nobody may remember. Undefined where it need not be said. */
  readonly say: (key: string, identity: string) => 'news' | 'again' | undefined;
  readonly delete: (key: string) => void;
}

/** Half of the hour for which the API server keeps an Event. Milliseconds. */
const REMEMBERED = 30 * 60 * 1000;
/** Of one Secret; more than anybody reads. */
const MOST = 1000;

/** `now`: milliseconds from any start. */
export function saidBefore(now: () => number): SaidBefore {
  const said = new Map<string, Map<string, number>>();
  return {
    say: (key, identity) => {
      const times = said.get(key) ?? new Map<string, number>();
      const last = times.get(identity);
      if (last !== undefined && now() - last < REMEMBERED) return undefined;
      said.set(key, times.set(identity, now()));
      const [oldest] = times.keys();
      if (times.size > MOST && oldest !== undefined) times.delete(oldest);
      return last === undefined ? 'news' : 'again';
    },
    delete: (key) => {
      said.delete(key);
    },
  };
}
