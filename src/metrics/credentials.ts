import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CredentialCondition, CredentialReport } from '../engine/credential/status/status.ts';
import type { LoginResult } from '../engine/login/login-result.ts';
import { CHANGE_RESULTS, type ChangeResult } from '../engine/record/change-result.ts';
import { CHANGE_CAUSES, type ChangeCause, type Phase } from '../engine/record/login-record.ts';

/** What is known of one PostgresCredential at the moment of a scrape. */
export interface CredentialSnapshot {
  readonly namespace: string;
  readonly name: string;
  readonly news: CredentialReport;
}

/** What is told of logins; those of one process. Nothing of it names a Secret, a role or a server. */
export interface CredentialMetrics {
  /** Asked at each scrape, until the signal comes: then another one knows better. */
  readonly followCredentials: (told: () => readonly CredentialSnapshot[], signal: AbortSignal) => void;
  readonly recordLogin: (verdict: LoginResult['kind']) => void;
  readonly recordPhase: (phase: Phase, milliseconds: number) => void;
  readonly recordChange: (cause: ChangeCause, result: ChangeResult, milliseconds: number) => void;
  /** Of a password that was changed in place: nobody who read the Secret could log in. */
  readonly recordLoginUnavailable: (milliseconds: number) => void;
}

const PREFIX = 'lockstep_credential_';
/** In place of `namespace`, which is that of the scraped pod. */
const LABELS = ['credential_namespace', 'credential'] as const;

/** Seconds: a step on a server that is near, up to a rollout of some workloads. */
const PHASE_BUCKETS = [0.05, 0.25, 1, 5, 30, 120, 600, 3600];
/** Seconds: without consumers, up to many that are restarted one after another. */
const CHANGE_BUCKETS = [1, 5, 15, 60, 180, 600, 1800, 3600, 14_400];
/** Seconds: it is meant to stay below the one. */
const LOGIN_UNAVAILABLE_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

export function credentialMetrics(registry: Registry): CredentialMetrics {
  const registers = [registry];
  let source: () => readonly CredentialSnapshot[] = NO_CREDENTIALS;

  /** One series for each PostgresCredential of which there is a number. */
  function gauge(name: string, help: string, numberOf: (news: CredentialReport) => number | undefined): void {
    new Gauge({
      name: `${PREFIX}${name}`,
      help,
      labelNames: LABELS,
      registers,
      collect() {
        this.reset();
        for (const { namespace, name: credential, news } of source()) {
          const number = numberOf(news);
          if (number !== undefined) this.set({ credential_namespace: namespace, credential }, number);
        }
      },
    });
  }

  gauge('ready', '1 where it can be worked by, 0 where not.', ({ conditions }) =>
    reasonOf(conditions, 'Ready') === 'Available' ? 1 : 0,
  );
  gauge(
    'synced',
    '1 where the login of the Secret was last found to open the server, 0 where not, NaN where nobody can tell; absent while the password is changed.',
    ({ conditions }) => SYNCED_BY_REASON.get(reasonOf(conditions, 'Synced')),
  );
  gauge('diverged', '1 where Secret and server differ, and somebody has to decide.', ({ phase }) =>
    phase === 'Diverged' ? 1 : 0,
  );
  gauge('change_failed', '1 where the last change was undone, or not begun.', ({ conditions }) =>
    FAILED_REASONS.has(reasonOf(conditions, 'Progressing')) ? 1 : 0,
  );
  gauge(
    'change_started_timestamp_seconds',
    'Since when the change is under way, in seconds since 1970; absent where none is.',
    ({ changingSince }) => toSeconds(changingSince),
  );
  gauge(
    'last_change_timestamp_seconds',
    'When the password was last changed, in seconds since 1970; absent where lockstep never did.',
    ({ lastRotation }) => toSeconds(lastRotation),
  );
  gauge(
    'next_rotation_timestamp_seconds',
    'When it is changed next by its schedule, in seconds since 1970, in the past where that is due; absent where there is none.',
    ({ nextRotation }) => toSeconds(nextRotation),
  );
  new Gauge({
    name: 'lockstep_credentials',
    help: 'PostgresCredentials by what their conditions say.',
    labelNames: ['condition', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const { news } of source())
        for (const { type, reason } of news.conditions) this.inc({ condition: type, reason });
    },
  });

  const logins = new Counter({
    name: `${PREFIX}logins_total`,
    help: 'Logins that were tried, by what came of them.',
    labelNames: ['verdict'],
    registers,
  });
  const changes = new Counter({
    name: `${PREFIX}changes_total`,
    help: 'Changes of a password that came to an end, by what began them and how they ended.',
    labelNames: ['cause', 'result'],
    registers,
  });
  const duration = new Histogram({
    name: `${PREFIX}change_duration_seconds`,
    help: 'Of one change, from its beginning to its end.',
    labelNames: ['result'],
    buckets: CHANGE_BUCKETS,
    registers,
  });
  const phases = new Histogram({
    name: `${PREFIX}step_duration_seconds`,
    help: 'Of one phase of a change, waiting included.',
    labelNames: ['phase'],
    buckets: PHASE_BUCKETS,
    registers,
  });
  const loginUnavailable = new Histogram({
    name: `${PREFIX}login_unavailable_seconds`,
    help: 'Of a password that is changed in place: from the answer to the COMMIT to that of the write of the Secret.',
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
    recordPhase: (phase, milliseconds) => phases.observe({ phase }, milliseconds / 1000),
    recordChange: (cause, result, milliseconds) => {
      changes.inc({ cause, result });
      duration.observe({ result }, milliseconds / 1000);
    },
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
