import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { type PodConfig, RESTORING } from '../../config.ts';
import type { Place } from '../../controllers/record/observed-secret.ts';
import type { SecretReconcilerNeeds } from '../../controllers/secret/reconciler.ts';
import type { RolloutNews } from '../../controllers/secret/rollout.ts';
import { advanceRollout } from '../../controllers/secret/rollout.ts';
import type { Surroundings } from '../../engine/evaluation/decision.ts';
import { highestVersion } from '../../engine/rollout/secret-version.ts';
import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readRevised, readWorkload, readWorkloads, restartWorkload } from '../../kube/objects/workloads.ts';
import { deleteRecord, readRecord, writeRecord } from '../../kube/record/records.ts';
import { deleteSibling, writeSibling } from '../../kube/secrets/derived-secrets.ts';
import { patchSecret, readSecret, rehearsePatch } from '../../kube/secrets/stored-secrets.ts';
import { byItsClock } from './server-clock.ts';

export interface ReconcilingParts {
  readonly cluster: Cluster;
  /** Whose name the writes bear. */
  readonly manager: FieldManager;
  /** How long a consumer may take to become healthy. Milliseconds. */
  readonly rolloutTimeout: number;
  readonly told: (place: Place, news: RolloutNews) => void;
  /** Ends what may take long. */
  readonly signal?: AbortSignal;
}

/** The part of a reconciler's needs that is the API server's, its clock included. */
export function inCluster({
  cluster: ours,
  manager,
  rolloutTimeout,
  told,
  signal,
}: ReconcilingParts): Pick<
  SecretReconcilerNeeds,
  | 'readSecret'
  | 'patchSecret'
  | 'rehearse'
  | 'readRecord'
  | 'writeRecord'
  | 'deleteRecord'
  | 'advance'
  | 'highestVersion'
  | 'writeSibling'
  | 'deleteSibling'
  | 'manager'
  | 'turn'
> & { readonly now: () => Date } {
  const { cluster, now } = byItsClock(ours, () => new Date());
  return {
    now,
    manager,
    turn,
    readSecret: (place) => readSecret(cluster, place),
    patchSecret: (held, edit) => patchSecret(cluster, held, edit, manager),
    rehearse: async (held, edit) => void (await rehearsePatch(cluster, held, edit, manager)),
    readRecord: (place) => readRecord(cluster, place),
    writeRecord: (place, record, version) => writeRecord(cluster, place, record, version, manager),
    deleteRecord: (place, version) => deleteRecord(cluster, place, version),
    writeSibling: (owner, data, before) => writeSibling(cluster, owner, data, before),
    deleteSibling: (sibling) => deleteSibling(cluster, sibling),
    advance: (place, rollout, timeout = rolloutTimeout) =>
      advanceRollout(place, rollout, {
        workloads: (namespace) => readWorkloads(cluster, namespace, { signal }),
        workload: (namespace, id) => readWorkload(cluster, namespace, id),
        revised: (workload) => readRevised(cluster, workload),
        restart: (workload, stamp) => restartWorkload(cluster, workload, stamp, manager),
        tell: (news) => told(place, news),
        now,
        timeout,
      }),
    highestVersion: async ({ namespace, name }) =>
      highestVersion(await readWorkloads(cluster, namespace, { signal }), name),
  };
}

/** Of somebody who works on one Secret, once, and is not asked about the others. */
export const ALONE: Pick<
  SecretReconcilerNeeds,
  | 'formerCredentialOf'
  | 'mayWrite'
  | 'wrote'
  | 'observe'
  | 'forget'
  | 'aged'
  | 'lookAt'
  | 'report'
  | 'restorers'
> = {
  formerCredentialOf: () => undefined,
  mayWrite: () => true,
  report: () => {},
  restorers: new Set(RESTORING),
  wrote: () => {},
  observe: () => {},
  forget: () => {},
  aged: () => {},
  lookAt: () => {},
};

export const surroundingsOf = (
  { namespace, maxAction }: Pick<PodConfig, 'namespace' | 'maxAction'>,
  cpu: Surroundings['cpu'],
): Surroundings => ({
  cpu,
  now: () => new Date(),
  random: (size) => randomBytes(size),
  ownNamespace: namespace,
  warnOnlyUsers: new Set(),
  maxAction,
});
