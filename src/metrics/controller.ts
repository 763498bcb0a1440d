import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Action } from '../engine/secret/finding/finding.ts';

/**
 * The outcome of one reconcile. `requeue` means that it runs again automatically. `forbidden` means that a right or a
 * quota prevents it.
 */
export type ReconcileOutcome = 'done' | 'requeue' | 'conflict' | 'forbidden' | 'error';

export interface RuleFindings {
  readonly policy: string;
  readonly rule: string;
  readonly action: Action;
  readonly count: number;
}

export interface ControllerMetrics {
  /** After the pod stops leading, it reports no numbers that only the new leader knows. */
  readonly setLeader: (leads: boolean) => void;
  readonly setQueueDepth: (keys: number) => void;
  readonly recordReconcile: (outcome: ReconcileOutcome, milliseconds: number) => void;
  readonly recordWrite: (resource: WrittenResource) => void;
  /** Called once for each write of a Secret's values. */
  readonly recordSecretWrite: (reason: SecretWriteReason) => void;
  /** All consumers of a Secret have the version, or one of them did not become healthy. */
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
/** In seconds, from some calls of the API server up to the deadline of one. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];

/** Every gauge of a pod that does not lead is 0. */
export function controllerMetrics(registry: Registry): ControllerMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name: `${PREFIX}${name}`, help, labelNames, registers });
  const counter = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Counter({ name: `${PREFIX}${name}_total`, help, labelNames, registers });

  const leader = gauge('leader', '1 for the pod that leads, 0 for those that wait to take over.');
  const depth = gauge('queue_depth', 'Secrets that wait for a reconcile.');
  const reconciles = counter('reconciles', 'Reconciles of one Secret, by outcome.', ['outcome']);
  const duration = new Histogram({
    name: `${PREFIX}reconcile_duration_seconds`,
    help: 'Duration of one reconcile of one Secret.',
    buckets: DURATION_BUCKETS,
    registers,
  });
  const writes = counter('writes', 'Written objects: Secrets, their records, workloads.', ['resource']);
  const secretWrites = counter('secret_writes', 'Secrets whose values were written, by reason.', ['reason']);
  const rollouts = counter(
    'rollouts',
    'Ended rollouts of a version: all consumers have it, or one did not become healthy.',
    ['result'],
  );
  const stopped = gauge(
    'rollouts_stopped',
    'Secrets whose rollout has stopped, because a consumer did not become healthy.',
  );
  const suspended = gauge(
    'secrets_suspended',
    'Secrets suspended for an hour, because another client overwrites the changes of lockstep.',
  );
  const unreadable = gauge(
    'records_unreadable',
    'Records that lockstep can not read. It only validates their Secrets.',
  );
  const overdue = gauge('keys_overdue', 'Keys older than the maxAge of their policy.');
  const resyncDuration = gauge('resync_duration_seconds', 'Duration of the last resync of all Secrets.');
  const resyncEnd = gauge(
    'resync_last_success_timestamp_seconds',
    'End of the last resync of all Secrets, in seconds since 1970; 0 before the first one.',
  );
  const byAction = gauge('findings', 'Findings of stored Secrets, by the action at admission.', ['action']);
  const byRule = gauge('policy_findings', 'Findings of stored Secrets, by policy, rule and action.', [
    'policy',
    'rule',
    'action',
  ]);

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
