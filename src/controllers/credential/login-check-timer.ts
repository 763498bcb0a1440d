import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import type { ObservedSecret } from '../ports.ts';

/** The time of the last check of each login. A lost entry only causes another check. */
export interface LoginCheckTimer {
  /** Milliseconds until the next check, or 0 if it is due. A changed Secret or PostgresCredential is due at once. */
  readonly dueIn: (login: CheckedLogin) => number;
  readonly markChecked: (login: CheckedLogin, again: number) => void;
  /**
   * `isKnown` is false if the check had no result. Returns the backoff in milliseconds: one second, doubled on each
   * check without a result.
   */
  readonly backoffAfter: (login: CheckedLogin, isKnown: boolean) => number;
  /** An edit of the Secret has started a password change. */
  readonly countEdit: (login: CheckedLogin) => void;
  /**
   * Milliseconds until the next edit may start a password change, or 0 if it may now. Each change is a dozen writes,
   * and a user who may write the Secret decides how many edits there are. The last edit counts, so nothing is lost.
   */
  readonly editDelay: (login: CheckedLogin) => number;
}

interface CheckedLogin {
  readonly observed: ObservedSecret;
  readonly credential: PostgresCredential;
}

/** A restarted server is found again within a second. A server that is away for hours gets few attempts. */
const MIN_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 30_000;

/**
 * A person who corrects a typing error twice does not wait.
 *
 * @internal Exported for tests.
 */
export const MAX_EDITS = 3;
const EDIT_WINDOW_MS = 60_000;

export interface ForgettingCheckTimer extends LoginCheckTimer {
  /** The Secret is gone. */
  readonly forget: (secret: string) => void;
}

/** `now` is in milliseconds, by a monotonic clock. */
export function loginCheckTimer(now: () => number): ForgettingCheckTimer {
  /** By Secret, the delay after the next check with an unknown result. */
  const backoffs = new Map<string, number>();
  const lastChecks = new Map<string, { readonly until: number; readonly seen: string }>();
  /** By Secret, the times of the last edits. At most MAX_EDITS. */
  const edits = new Map<string, readonly number[]>();
  return {
    dueIn: (input) => {
      const last = lastChecks.get(secretKeyOf(input));
      return last === undefined || last.seen !== versionOf(input) ? 0 : Math.max(0, last.until - now());
    },
    markChecked: (input, requeueAfter) =>
      void lastChecks.set(secretKeyOf(input), { until: now() + requeueAfter, seen: versionOf(input) }),
    backoffAfter: (input, isKnown) => {
      const secret = secretKeyOf(input);
      const backoff = isKnown ? MIN_BACKOFF_MS : (backoffs.get(secret) ?? MIN_BACKOFF_MS);
      if (isKnown) backoffs.delete(secret);
      else backoffs.set(secret, Math.min(backoff * 2, MAX_BACKOFF_MS));
      return backoff;
    },
    countEdit: (input) => {
      const secret = secretKeyOf(input);
      edits.set(secret, [...(edits.get(secret) ?? []), now()].slice(-MAX_EDITS));
    },
    editDelay: (input) => {
      const [oldest, ...later] = edits.get(secretKeyOf(input)) ?? [];
      if (oldest === undefined || later.length + 1 < MAX_EDITS) return 0;
      return Math.max(0, oldest + EDIT_WINDOW_MS - now());
    },
    forget: (secret) => {
      edits.delete(secret);
      lastChecks.delete(secret);
      backoffs.delete(secret);
    },
  };
}

const secretKeyOf = ({ observed: { secret } }: CheckedLogin): string => `${secret.namespace}/${secret.name}`;

/** The identity of the checked login. Another Secret or PostgresCredential needs another check. */
const versionOf = ({ observed, credential }: CheckedLogin): string =>
  `${observed.uid} ${observed.resourceVersion} ${credential.uid} ${credential.generation}`;
