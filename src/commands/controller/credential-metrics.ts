import type { SecretKey } from '../../controllers/informer/version-index.ts';
import type { ReconcilerDeps } from '../../controllers/reconciler-deps.ts';
import { strategyOf } from '../../engine/credential/change/phases.ts';
import { changeResult } from '../../engine/record/change-result.ts';
import type { LoginChange, LoginRecord } from '../../engine/record/login-record.ts';
import type { CredentialMetrics } from '../../metrics/credentials.ts';

export interface CredentialMetricsParts {
  readonly metrics: Omit<CredentialMetrics, 'followCredentials'>;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** Counts and times password changes by the calls between the reconciler and its ports. */
export interface CredentialMetricsObserver {
  readonly instrument: (key: SecretKey, deps: ReconcilerDeps) => ReconcilerDeps;
  readonly forget: (key: SecretKey) => void;
}

/** The observed state of one login. A new leader has not seen the start, so a lost state costs only a duration. */
interface ObservedLogin {
  readonly login: LoginRecord;
  /** The time at which this process saw the phase of the change begin. */
  readonly phaseStartedAt: number | undefined;
}

export function credentialMetricsObserver({
  metrics,
  now,
}: CredentialMetricsParts): CredentialMetricsObserver {
  const observedLogins = new Map<SecretKey, ObservedLogin>();
  /** The time since which server and Secret differ because of a change in place. */
  const outOfSyncSince = new Map<SecretKey, number>();

  function recordRead(key: SecretKey, login: LoginRecord | undefined): void {
    const before = observedLogins.get(key);
    if (login === undefined) observedLogins.delete(key);
    else if (before === undefined || !isSamePhase(before.login.change, login.change))
      observedLogins.set(key, { login, phaseStartedAt: undefined });
    else observedLogins.set(key, { ...before, login });
  }

  function recordWritten(key: SecretKey, login: LoginRecord | undefined, time: Date): void {
    const before = observedLogins.get(key);
    if (login === undefined || isSamePhase(before?.login.change, login.change)) {
      recordRead(key, login);
      return;
    }
    observedLogins.set(key, { login, phaseStartedAt: login.change && now() });
    if (before?.login.change !== undefined) phaseEnded(key, before.login.change, before, login, time);
  }

  /** A phase has ended, and perhaps the change with it. */
  function phaseEnded(
    key: SecretKey,
    change: LoginChange,
    before: ObservedLogin,
    login: LoginRecord,
    time: Date,
  ): void {
    if (before.phaseStartedAt !== undefined) metrics.recordPhase(change.phase, now() - before.phaseStartedAt);
    const end = changeResult(before.login, login);
    if (end === undefined) return;
    outOfSyncSince.delete(key);
    metrics.recordChange(change.cause, end, time.getTime() - change.since.getTime());
  }

  /** The server has another password. A change that restores a known password while the Secret keeps it is over. */
  function passwordChanged(key: SecretKey): void {
    const change = observedLogins.get(key)?.login.change;
    if (change === undefined || strategyOf(change) === 'AlternatingUsers') return;
    if (change.fault !== undefined && outOfSyncSince.has(key)) backInSync(key);
    else if (change.fault !== undefined || !SECRET_FIRST_CAUSES.has(change.cause))
      outOfSyncSince.set(key, now());
  }

  function backInSync(key: SecretKey): void {
    const since = outOfSyncSince.get(key);
    if (since === undefined) return;
    outOfSyncSince.delete(key);
    metrics.recordLoginUnavailable(now() - since);
  }

  return {
    instrument: (key, deps) => ({
      ...deps,
      databases: {
        tryLogin: async (target, credential) => {
          const loginResult = await deps.databases.tryLogin(target, credential);
          metrics.recordLogin(loginResult.kind);
          return loginResult;
        },
        openServer: async (...args) => {
          const server = await deps.databases.openServer(...args);
          return {
            ...server,
            setPassword: async (...args) => {
              await server.setPassword(...args);
              passwordChanged(key);
            },
          };
        },
      },
      secrets: {
        ...deps.secrets,
        patch: async (observed, edit) => {
          const patched = await deps.secrets.patch(observed, edit);
          backInSync(key);
          return patched;
        },
      },
      records: {
        ...deps.records,
        read: async (ref) => {
          const lookup = await deps.records.read(ref);
          recordRead(key, lookup.kind === 'read' ? lookup.record.login : undefined);
          return lookup;
        },
        write: async (ref, record, version) => {
          const stored = await deps.records.write(ref, record, version);
          recordWritten(key, record.login, deps.clock.now());
          return stored;
        },
      },
    }),
    forget: (key) => {
      observedLogins.delete(key);
      outOfSyncSince.delete(key);
    },
  };
}

/** For these causes the Secret already holds the password that the server must get. */
const SECRET_FIRST_CAUSES: ReadonlySet<LoginChange['cause']> = new Set(['edited', 'restored']);

const isSamePhase = (a: LoginChange | undefined, b: LoginChange | undefined): boolean =>
  a?.id === b?.id && a?.phase === b?.phase;
