import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Action } from '../engine/finding/finding.ts';

/** How one step of one Secret ended. `requeue`: it is looked at once more by itself; `forbidden`: a right or a quota is in the way. */
export type ReconcileOutcome = 'done' | 'requeue' | 'conflict' | 'forbidden' | 'error';

export interface RuleFindings {
  readonly policy: string;
  readonly rule: string;
  readonly action: Action;
  readonly count: number;
}

export interface ControllerMetrics {
  /** From the moment it no longer leads, nothing is told of what another one knows better by then. */
  readonly setLeader: (leads: boolean) => void;
  readonly setQueueDepth: (keys: number) => void;
  readonly recordReconcile: (outcome: ReconcileOutcome, milliseconds: number) => void;
  readonly recordWrite: (resource: WrittenResource) => void;
  /** The values of one Secret were written, once. */
  readonly recordSecretWrite: (reason: SecretWriteReason) => void;
  /** All consumers of a Secret are through, or one of them did not become healthy. */
  readonly recordRollout: (result: 'complete' | 'stopped') => void;
  readonly setRolloutsStopped: (secrets: number) => void;
  readonly setSecretsSuspended: (secrets: number) => void;
  readonly setRecordsUnreadable: (records: number) => void;
  readonly setKeysOverdue: (keys: number) => void;
  readonly recordResync: (at: Date, milliseconds: number) => void;
  readonly setFindings: (byAction: Readonly<Record<Action, number>>, byRule: readonly RuleFindings[]) => void;
}

export type WrittenResource = 'secrets' | 'records' | 'workloads';
const RESOURCES: readonly WrittenResource[] = ['secrets', 'records', 'workloads'];

export const SECRET_WRITE_REASONS = ['heal', 'generate', 'rotate', 'rollback', 'password-change'] as const;
export type SecretWriteReason = (typeof SECRET_WRITE_REASONS)[number];

const RECONCILE_OUTCOMES: readonly ReconcileOutcome[] = ['done', 'requeue', 'conflict', 'forbidden', 'error'];
const PREFIX = 'lockstep_controller_';
/** Seconds: some calls of the API server, up to the deadline of one. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];

/** `resyncSeconds`: between two looks at every Secret. Of a pod that does not lead every other gauge is 0. */
export function controllerMetrics(registry: Registry, resyncSeconds: number): ControllerMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name: `${PREFIX}${name}`, help, labelNames, registers });
  const counter = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Counter({ name: `${PREFIX}${name}_total`, help, labelNames, registers });

  const leader = gauge('leader', '1 for the pod that leads, 0 for those that wait to take over.');
  const resyncInterval = gauge('resync_interval_seconds', 'Every Secret is looked at that often, at least.');
  const depth = gauge('queue_depth', 'Secrets that wait to be looked at.');
  const reconciles = counter('reconciles', 'Steps of a Secret, by how they ended.', ['outcome']);
  const duration = new Histogram({
    name: `${PREFIX}reconcile_duration_seconds`,
    help: 'Of one step of one Secret.',
    buckets: DURATION_BUCKETS,
    registers,
  });
  const writes = counter('writes', 'Objects written: Secrets, their records, workloads.', ['resource']);
  const secretWrites = counter('secret_writes', 'Secrets whose values were written, by reason.', ['reason']);
  const rollouts = counter(
    'rollouts',
    'Rollouts of a new version to its consumers that ended: all have it, or one did not become healthy.',
    ['result'],
  );
  const stopped = gauge(
    'rollouts_stopped',
    'Secrets whose consumers are not brought on: one did not become healthy.',
  );
  const suspended = gauge(
    'secrets_suspended',
    'Secrets left alone for an hour: something writes against lockstep.',
  );
  const unreadable = gauge(
    'records_unreadable',
    'Records that can not be read; their Secrets are only judged.',
  );
  const overdue = gauge('keys_overdue', 'Keys older than the maxAge of their policy.');
  const resyncDuration = gauge('resync_duration_seconds', 'How long the last look at every Secret took.');
  const resyncEnd = gauge(
    'resync_last_success_timestamp_seconds',
    'When the last look at every Secret ended, in seconds since 1970; 0 before the first one.',
  );
  const byAction = gauge('findings', 'What is wrong with stored Secrets, by what it would do at admission.', [
    'action',
  ]);
  const byRule = gauge('policy_findings', 'The same by policy and rule.', ['policy', 'rule', 'action']);

  resyncInterval.set(resyncSeconds);
  for (const outcome of RECONCILE_OUTCOMES) reconciles.inc({ outcome }, 0);
  for (const resource of RESOURCES) writes.inc({ resource }, 0);
  for (const reason of SECRET_WRITE_REASONS) secretWrites.inc({ reason }, 0);
  for (const result of ['complete', 'stopped']) rollouts.inc({ result }, 0);
  const leaderGauges = [
    depth,
    stopped,
    suspended,
    unreadable,
    overdue,
    resyncDuration,
    resyncEnd,
    byAction,
    byRule,
  ];

  return {
    setLeader: (leads) => {
      leader.set(leads ? 1 : 0);
      if (!leads) for (const each of leaderGauges) each.reset();
    },
    setQueueDepth: (keys) => depth.set(keys),
    recordReconcile: (outcome, milliseconds) => {
      reconciles.inc({ outcome });
      duration.observe(milliseconds / 1000);
    },
    recordWrite: (resource) => writes.inc({ resource }),
    recordSecretWrite: (reason) => secretWrites.inc({ reason }),
    recordRollout: (result) => rollouts.inc({ result }),
    setRolloutsStopped: (secrets) => stopped.set(secrets),
    setSecretsSuspended: (secrets) => suspended.set(secrets),
    setRecordsUnreadable: (records) => unreadable.set(records),
    setKeysOverdue: (keys) => overdue.set(keys),
    recordResync: (at, milliseconds) => {
      resyncDuration.set(milliseconds / 1000);
      resyncEnd.set(at.getTime() / 1000);
    },
    setFindings: (actions, rules) => {
      for (const [action, count] of Object.entries(actions)) byAction.set({ action }, count);
      byRule.reset();
      for (const { count, ...labels } of rules) byRule.inc({ ...labels }, count);
    },
  };
}
