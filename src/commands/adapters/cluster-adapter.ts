import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { type PodConfig, RESTORING } from '../../config.ts';
import type { SecretRef } from '../../controllers/record/observed-secret.ts';
import type { SecretReconcilerNeeds } from '../../controllers/secret/reconciler.ts';
import type { RolloutEvent } from '../../controllers/secret/rollout.ts';
import { advanceRollout } from '../../controllers/secret/rollout.ts';
import type { EngineContext } from '../../engine/evaluation/decision.ts';
import { highestVersion } from '../../engine/rollout/secret-version.ts';
import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import {
  readTemplateCreationTime,
  readWorkload,
  readWorkloads,
  restartWorkload,
} from '../../kube/objects/workloads.ts';
import { deleteRecord, readRecord, writeRecord } from '../../kube/record/records.ts';
import { deleteDerivedSecret, writeDerivedSecret } from '../../kube/secrets/derived-secrets.ts';
import { dryRunPatch, patchSecret, readSecret } from '../../kube/secrets/stored-secrets.ts';
import { withServerClock } from './server-clock.ts';

export interface ClusterAdapterParts {
  readonly cluster: Cluster;
  /** The field manager of all writes. */
  readonly fieldManager: FieldManager;
  /** The time in which a consumer must become healthy, in milliseconds. */
  readonly rolloutTimeout: number;
  readonly onRolloutEvent: (ref: SecretRef, event: RolloutEvent) => void;
  /** Ends calls that may take long. */
  readonly signal?: AbortSignal;
}

/** The part of a reconciler's needs that the API server serves, including its clock. */
export function clusterAdapter({
  cluster: localCluster,
  fieldManager,
  rolloutTimeout,
  onRolloutEvent,
  signal,
}: ClusterAdapterParts): Pick<
  SecretReconcilerNeeds,
  | 'readSecret'
  | 'patchSecret'
  | 'dryRunPatch'
  | 'readRecord'
  | 'writeRecord'
  | 'deleteRecord'
  | 'advanceRollout'
  | 'highestVersion'
  | 'writeDerivedSecret'
  | 'deleteDerivedSecret'
  | 'fieldManager'
  | 'yieldToOthers'
> & { readonly now: () => Date } {
  const { cluster, now } = withServerClock(localCluster, () => new Date());
  return {
    now,
    fieldManager,
    yieldToOthers: turn,
    readSecret: (ref) => readSecret(cluster, ref),
    patchSecret: (observed, edit) => patchSecret(cluster, observed, edit, fieldManager),
    dryRunPatch: async (observed, edit) => void (await dryRunPatch(cluster, observed, edit, fieldManager)),
    readRecord: (ref) => readRecord(cluster, ref),
    writeRecord: (ref, record, version) => writeRecord(cluster, ref, record, version, fieldManager),
    deleteRecord: (ref, version) => deleteRecord(cluster, ref, version),
    writeDerivedSecret: (owner, data, before) => writeDerivedSecret(cluster, owner, data, before),
    deleteDerivedSecret: (derivedSecret) => deleteDerivedSecret(cluster, derivedSecret),
    advanceRollout: (ref, rollout, timeout = rolloutTimeout) =>
      advanceRollout(ref, rollout, {
        workloads: (namespace) => readWorkloads(cluster, namespace, { signal }),
        workload: (namespace, id) => readWorkload(cluster, namespace, id),
        templateChangedAt: (workload) => readTemplateCreationTime(cluster, workload),
        restart: (workload, stamp) => restartWorkload(cluster, workload, stamp, fieldManager),
        recordEvent: (event) => onRolloutEvent(ref, event),
        now,
        timeout,
      }),
    highestVersion: async ({ namespace, name }) =>
      highestVersion(await readWorkloads(cluster, namespace, { signal }), name),
  };
}

/** The defaults of a command that reconciles one Secret once, and knows no other Secrets. */
export const STANDALONE_DEFAULTS: Pick<
  SecretReconcilerNeeds,
  | 'formerCredentialOf'
  | 'mayWrite'
  | 'onWritten'
  | 'reportFindings'
  | 'forget'
  | 'reportOverdueKeys'
  | 'enqueue'
  | 'reportStatus'
  | 'restoreFieldManagers'
> = {
  formerCredentialOf: () => undefined,
  mayWrite: () => true,
  reportStatus: () => {},
  restoreFieldManagers: new Set(RESTORING),
  onWritten: () => {},
  reportFindings: () => {},
  forget: () => {},
  reportOverdueKeys: () => {},
  enqueue: () => {},
};

export const podContext = (
  { namespace, maxAction }: Pick<PodConfig, 'namespace' | 'maxAction'>,
  cpu: EngineContext['cpu'],
): EngineContext => ({
  cpu,
  now: () => new Date(),
  random: (size) => randomBytes(size),
  ownNamespace: namespace,
  warnOnlyUsers: new Set(),
  maxAction,
});
