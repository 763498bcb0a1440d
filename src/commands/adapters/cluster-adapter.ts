import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { PodConfig } from '../../config/config.ts';
import type { Ports } from '../../controllers/ports.ts';
import { advanceRollout } from '../../controllers/secret/rollout.ts';
import { outdatedConsumers } from '../../engine/diagnosis/secret-checks/stale-consumers.ts';
import type { EngineContext } from '../../engine/review/evaluation/decision.ts';
import type { Writer } from '../../engine/secret/record/writers.ts';
import { highestVersion } from '../../engine/workloads/rollout/secret-version.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import {
  readTemplateCreationTime,
  readWorkload,
  readWorkloads,
  restartWorkload,
} from '../../kube/objects/workloads.ts';
import { deleteRecord, readRecord, recordedNames, writeRecord } from '../../kube/record/records.ts';
import { deleteDerivedSecret, writeDerivedSecret } from '../../kube/secrets/derived-secrets.ts';
import { dryRunPatch, patchSecret, readSecret, releaseFields } from '../../kube/secrets/stored-secrets.ts';
import { readConsumers } from './consumers.ts';
import { withServerClock } from './server-clock.ts';

export interface ClusterAdapterParts {
  readonly cluster: Cluster;
  readonly writer: Writer;
  /** The time in which a consumer must become healthy, in milliseconds. */
  readonly rolloutTimeout: number;
  /** The time in milliseconds until each pod reads the new values of a Secret. */
  readonly propagation?: number;
  /** Ends calls that may take long. */
  readonly signal?: AbortSignal;
}

/** The ports that the API server serves, including its clock. */
export function clusterAdapter({
  cluster: localCluster,
  writer,
  rolloutTimeout,
  propagation,
  signal,
}: ClusterAdapterParts): Omit<Ports, 'databases' | 'redis'> {
  const { cluster, now } = withServerClock(localCluster, () => new Date());
  return {
    clock: { now, yieldToOthers: turn },
    secrets: {
      writer,
      read: (ref) => readSecret(cluster, ref),
      readOther: (ref) => readSecret(cluster, ref),
      patch: (observed, edit) => patchSecret(cluster, observed, edit),
      dryRunPatch: async (observed, edit) => void (await dryRunPatch(cluster, observed, edit)),
      release: (stored, before) => releaseFields(cluster, stored, before),
      writeDerived: (owner, data, before) => writeDerivedSecret(cluster, owner, data, before),
      deleteDerived: (derivedSecret) => deleteDerivedSecret(cluster, derivedSecret),
    },
    records: {
      read: (ref) => readRecord(cluster, ref),
      write: (ref, record, version) => writeRecord(cluster, ref, record, version),
      delete: (ref, version) => deleteRecord(cluster, ref, version),
      namesIn: (namespace) => recordedNames(cluster, namespace),
    },
    workloads: {
      advanceRollout: (secret, rollout, { timeout = rolloutTimeout, awaitsOlderPods }) =>
        advanceRollout(secret, rollout, {
          workloads: (namespace) => readWorkloads(cluster, namespace, { signal }),
          workload: (namespace, id) => readWorkload(cluster, namespace, id),
          templateChangedAt: (workload) => readTemplateCreationTime(cluster, workload),
          restart: (workload, stamp) => restartWorkload(cluster, workload, stamp, now()),
          now,
          timeout,
          propagation,
          awaitsOlderPods,
        }),
      highestVersion: async ({ namespace, name }) =>
        highestVersion(await readWorkloads(cluster, namespace, { signal }), name),
      outdated: async (secret, record) =>
        outdatedConsumers(await readConsumers(cluster, secret, record, { signal }), secret),
    },
  };
}

export const podContext = (
  {
    namespace,
    excludedNamespaces,
    maxAction,
  }: Pick<PodConfig, 'namespace' | 'excludedNamespaces' | 'maxAction'>,
  cpu: EngineContext['cpu'],
): EngineContext => ({
  cpu,
  now: () => new Date(),
  random: (size) => randomBytes(size),
  ownNamespace: namespace,
  excludedNamespaces,
  warnOnlyUsers: new Set(),
  maxAction,
});
