import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CredentialKind } from '../engine/login/credential-schema/compile.ts';
import type { LoginResult } from '../engine/login/result/login-result.ts';
import type { CredentialCondition, CredentialReport } from '../engine/login/status/status.ts';
import { CHANGE_RESULTS, type ChangeResult } from '../engine/secret/record/change-result.ts';
import { CHANGE_CAUSES, type ChangeCause } from '../engine/secret/record/login-record.ts';

/** The state of one credential at the time of a scrape. */
export interface CredentialSnapshot {
  readonly kind: CredentialKind;
  readonly namespace: string;
  readonly name: string;
  readonly report: CredentialReport;
}

/** The metrics of logins in one process. No label names a Secret, a role or a server. */
export interface CredentialMetrics {
  /** Reads the snapshots at each scrape, until the signal aborts. Then another leader knows them better. */
  readonly followCredentials: (snapshots: () => readonly CredentialSnapshot[], signal: AbortSignal) => void;
  readonly recordLogin: (verdict: LoginResult['kind']) => void;
  readonly recordChange: (cause: ChangeCause, result: ChangeResult) => void;
  /** The time in which a consumer of the Secret could not log in, with the strategy SingleUser. */
  readonly recordLoginUnavailable: (milliseconds: number) => void;
}

const PREFIX = 'lockstep_credential_';
/** These labels replace `namespace`, which Prometheus sets to that of the scraped pod. */
const LABELS = ['credential_kind', 'credential_namespace', 'credential'] as const;

/** In seconds. The target is less than one. */
const LOGIN_UNAVAILABLE_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

export function credentialMetrics(registry: Registry): CredentialMetrics {
  const registers = [registry];
  let source: () => readonly CredentialSnapshot[] = NO_CREDENTIALS;

  /** One series for each credential with a number. */
  function gauge(
    name: string,
    help: string,
    numberOf: (report: CredentialReport) => number | undefined,
  ): void {
    new Gauge({
      name: `${PREFIX}${name}`,
      help,
      labelNames: LABELS,
      registers,
      collect() {
        this.reset();
        for (const { kind, namespace, name: credential, report } of source()) {
          const number = numberOf(report);
          const labels = { credential_kind: kind, credential_namespace: namespace, credential };
          if (number !== undefined) this.set(labels, number);
        }
      },
    });
  }

  gauge('ready', '1 if lockstep can reconcile the credential, 0 if not.', ({ conditions }) =>
    reasonOf(conditions, 'Ready') === 'Available' ? 1 : 0,
  );
  gauge(
    'synced',
    '1 if the login in the Secret last opened the server, 0 if not, NaN if unknown; absent during a password change.',
    ({ conditions }) => SYNCED_BY_REASON.get(reasonOf(conditions, 'Synced')),
  );
  gauge('diverged', '1 if Secret and server differ, and a person must decide.', ({ phase }) =>
    phase === 'Diverged' ? 1 : 0,
  );
  gauge('change_failed', '1 if the last change was rolled back or refused.', ({ conditions }) =>
    FAILED_REASONS.has(reasonOf(conditions, 'Progressing')) ? 1 : 0,
  );
  gauge(
    'change_started_timestamp_seconds',
    'Start of the current change, in seconds since 1970; absent if there is none.',
    ({ changingSince }) => toSeconds(changingSince),
  );
  gauge(
    'last_change_timestamp_seconds',
    'Time of the last password change, in seconds since 1970; absent if lockstep never changed it.',
    ({ lastRotation }) => toSeconds(lastRotation),
  );
  gauge(
    'next_rotation_timestamp_seconds',
    'Time of the next scheduled change, in seconds since 1970, in the past if it is due; absent without a schedule.',
    ({ nextRotation }) => toSeconds(nextRotation),
  );
  new Gauge({
    name: 'lockstep_credentials',
    help: 'PostgresCredentials and RedisCredentials by condition and reason.',
    labelNames: ['condition', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const { report } of source())
        for (const { type, reason } of report.conditions) this.inc({ condition: type, reason });
    },
  });

  const logins = new Counter({
    name: `${PREFIX}logins_total`,
    help: 'Login attempts, by verdict.',
    labelNames: ['verdict'],
    registers,
  });
  const changes = new Counter({
    name: `${PREFIX}changes_total`,
    help: 'Ended password changes, by cause and result.',
    labelNames: ['cause', 'result'],
    registers,
  });
  const loginUnavailable = new Histogram({
    name: `${PREFIX}login_unavailable_seconds`,
    help: 'With the strategy SingleUser, the time from the answer to the COMMIT until the answer to the write of the Secret.',
    buckets: LOGIN_UNAVAILABLE_BUCKETS,
    registers,
  });
  for (const cause of CHANGE_CAUSES) for (const result of CHANGE_RESULTS) changes.inc({ cause, result }, 0);

  return {
    followCredentials: (readCredentials, signal) => {
      source = readCredentials;
      signal.addEventListener('abort', () => {
        if (source === readCredentials) source = NO_CREDENTIALS;
      });
    },
    recordLogin: (verdict) => logins.inc({ verdict }),
    recordChange: (cause, result) => changes.inc({ cause, result }),
    recordLoginUnavailable: (milliseconds) => loginUnavailable.observe(milliseconds / 1000),
  };
}

const NO_CREDENTIALS = (): readonly CredentialSnapshot[] => [];

type ConditionReason = CredentialCondition['reason'];

const SYNCED_BY_REASON: ReadonlyMap<ConditionReason | undefined, number> = new Map([
  ['LoginVerified', 1],
  ['LoginRefused', 0],
  ['Diverged', 0],
  ['Unreachable', Number.NaN],
]);

const FAILED_REASONS: ReadonlySet<ConditionReason | undefined> = new Set(['RolledBack', 'Refused']);

const reasonOf = (
  conditions: readonly CredentialCondition[],
  wanted: CredentialCondition['type'],
): ConditionReason | undefined => conditions.find(({ type }) => type === wanted)?.reason;

const toSeconds = (time: Date | undefined): number | undefined => time && time.getTime() / 1000;
