import type { SecretKey } from '../../controllers/informer/version-index.ts';
import type { SecretReconcilerNeeds } from '../../controllers/secret/reconciler.ts';
import { strategyOf } from '../../engine/credential/change/phases.ts';
import { changeResult } from '../../engine/record/change-result.ts';
import type { LoginChange, LoginRecord } from '../../engine/record/login-record.ts';
import type { CredentialMetrics } from '../../metrics/credentials.ts';

export interface LoginLogParts {
  readonly metrics: Omit<CredentialMetrics, 'followCredentials'>;
  /** Milliseconds, of a clock that only goes forward. */
  readonly now: () => number;
}

/** Counts and times what is done about logins, by what passes between the reconciler and the outside. */
export interface LoginLog {
  readonly watched: (key: SecretKey, needs: SecretReconcilerNeeds) => SecretReconcilerNeeds;
  readonly forget: (key: SecretKey) => void;
}

/** What was seen of one login. Nothing is lost with it but a duration: whoever takes over has not seen where it began. */
interface Seen {
  readonly login: LoginRecord;
  /** When this process saw the phase of its change begin. */
  readonly entered: number | undefined;
}

export function loginLog({ metrics, now }: LoginLogParts): LoginLog {
  const seen = new Map<SecretKey, Seen>();
  /** Since when server and Secret differ because of a change in place. */
  const apart = new Map<SecretKey, number>();

  function read(key: SecretKey, login: LoginRecord | undefined): void {
    const before = seen.get(key);
    if (login === undefined) seen.delete(key);
    else if (before === undefined || !isSamePhase(before.login.change, login.change))
      seen.set(key, { login, entered: undefined });
    else seen.set(key, { ...before, login });
  }

  function written(key: SecretKey, login: LoginRecord | undefined, time: Date): void {
    const before = seen.get(key);
    if (login === undefined || isSamePhase(before?.login.change, login.change)) {
      read(key, login);
      return;
    }
    seen.set(key, { login, entered: login.change && now() });
    if (before?.login.change !== undefined) left(key, before.login.change, before, login, time);
  }

  /** A phase is over, and with it perhaps the change. */
  function left(key: SecretKey, change: LoginChange, before: Seen, login: LoginRecord, time: Date): void {
    if (before.entered !== undefined) metrics.stepTaken(change.phase, now() - before.entered);
    const end = changeResult(before.login, login);
    if (end === undefined) return;
    apart.delete(key);
    metrics.changeEnded(change.cause, end, time.getTime() - change.since.getTime());
  }

  /** The server has another password. One that was known before it is taken back to, and the Secret never left it, ends it. */
  function altered(key: SecretKey): void {
    const change = seen.get(key)?.login.change;
    if (change === undefined || strategyOf(change) === 'AlternatingUsers') return;
    if (change.fault !== undefined && apart.has(key)) together(key);
    else if (change.fault !== undefined || !IS_AHEAD.has(change.cause)) apart.set(key, now());
  }

  function together(key: SecretKey): void {
    const since = apart.get(key);
    if (since === undefined) return;
    apart.delete(key);
    metrics.loginUnavailable(now() - since);
  }

  return {
    watched: (key, needs) => ({
      ...needs,
      tryLogin: async (target, credential) => {
        const verdict = await needs.tryLogin(target, credential);
        metrics.loginTried(verdict.kind);
        return verdict;
      },
      openServer: async (...entry) => {
        const server = await needs.openServer(...entry);
        return {
          ...server,
          setPassword: async (...args) => {
            await server.setPassword(...args);
            altered(key);
          },
        };
      },
      patchSecret: async (held, edit) => {
        const patched = await needs.patchSecret(held, edit);
        together(key);
        return patched;
      },
      readRecord: async (place) => {
        const found = await needs.readRecord(place);
        read(key, found.kind === 'read' ? found.record.login : undefined);
        return found;
      },
      writeRecord: async (place, record, version) => {
        const stored = await needs.writeRecord(place, record, version);
        written(key, record.login, needs.around.now());
        return stored;
      },
    }),
    forget: (key) => {
      seen.delete(key);
      apart.delete(key);
    },
  };
}

/** Of these the Secret says already what the server is to get. */
const IS_AHEAD: ReadonlySet<LoginChange['cause']> = new Set(['edited', 'restored']);

const isSamePhase = (a: LoginChange | undefined, b: LoginChange | undefined): boolean =>
  a?.id === b?.id && a?.phase === b?.phase;
