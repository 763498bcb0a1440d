import { LOGIN_SYSTEMS } from '../../engine/login/server-kinds/kinds.ts';
import type { LoginSystem } from '../../engine/secret/record/login-record.ts';
import type { CheckedLogin, LimitedCause, LoginCheckTimer } from '../reconciler-deps.ts';

/** A restarted server is found again within a second. A server that is away for hours gets few attempts. */
const MIN_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 30_000;

/**
 * A person who corrects a typing error twice does not wait.
 *
 * @internal Exported for tests.
 */
export const MAX_CHANGES = 3;
const CHANGE_WINDOW_MS = 60_000;

export interface ForgettingCheckTimer extends LoginCheckTimer {
  /** The Secret is gone. Its last changes still count if it is created again. */
  readonly forget: (secret: string) => void;
}

/** `now` is in milliseconds, by a monotonic clock. */
export function loginCheckTimer(now: () => number): ForgettingCheckTimer {
  /** By login, the delay after the next check with an unknown result. */
  const backoffs = new Map<string, number>();
  const lastChecks = new Map<string, { readonly until: number; readonly seen: string }>();
  /** By login and cause, the times of the last changes, at most MAX_CHANGES. The oldest entry is the first. */
  const changes = new Map<string, readonly number[]>();
  function dropOldChanges(): void {
    for (const [key, times] of changes) {
      if ((times.at(-1) ?? 0) + CHANGE_WINDOW_MS > now()) return;
      changes.delete(key);
    }
  }
  return {
    dueIn: (input) => {
      const last = lastChecks.get(loginKeyOf(input));
      return last === undefined || last.seen !== versionOf(input) ? 0 : Math.max(0, last.until - now());
    },
    markChecked: (input, requeueAfter) =>
      void lastChecks.set(loginKeyOf(input), { until: now() + requeueAfter, seen: versionOf(input) }),
    backoffAfter: (input, isKnown) => {
      const login = loginKeyOf(input);
      const backoff = isKnown ? MIN_BACKOFF_MS : (backoffs.get(login) ?? MIN_BACKOFF_MS);
      if (isKnown) backoffs.delete(login);
      else backoffs.set(login, Math.min(backoff * 2, MAX_BACKOFF_MS));
      return backoff;
    },
    countChange: (input, cause) => {
      dropOldChanges();
      const key = changeKeyOf(input, cause);
      const times = [...(changes.get(key) ?? []), now()].slice(-MAX_CHANGES);
      changes.delete(key);
      changes.set(key, times);
    },
    changeDelay: (input, cause) => {
      const [oldest, ...later] = changes.get(changeKeyOf(input, cause)) ?? [];
      if (oldest === undefined || later.length + 1 < MAX_CHANGES) return 0;
      return Math.max(0, oldest + CHANGE_WINDOW_MS - now());
    },
    forget: (secret) => {
      for (const system of LOGIN_SYSTEMS) {
        lastChecks.delete(keyOf(secret, system));
        backoffs.delete(keyOf(secret, system));
      }
    },
  };
}

const loginKeyOf = ({ observed: { secret }, credential: { spec } }: CheckedLogin): string =>
  keyOf(`${secret.namespace}/${secret.name}`, spec.keys.system);

const keyOf = (secret: string, system: LoginSystem): string => `${secret} ${system ?? ''}`;

const changeKeyOf = (input: CheckedLogin, cause: LimitedCause): string => `${loginKeyOf(input)} ${cause}`;

/** The identity of the checked login. Another Secret or ServerCredential needs another check. */
const versionOf = ({ observed, credential }: CheckedLogin): string =>
  `${observed.uid} ${observed.resourceVersion} ${credential.uid} ${credential.generation}`;
