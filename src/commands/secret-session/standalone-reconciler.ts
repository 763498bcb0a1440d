import { loginChecks } from '../../controllers/credential/login-check-timer.ts';
import type { SecretReconcilerNeeds } from '../../controllers/secret/reconciler.ts';
import type { Surroundings } from '../../engine/evaluation/decision.ts';
import { HISTORY } from '../../engine/record/record.ts';
import { eventType } from '../../engine/secret/event-reasons.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { changeFinalizerOfPerson } from '../adapters/change-finalizer.ts';
import { ALONE, inCluster } from '../adapters/cluster-adapter.ts';
import type { WorkedCredentials } from '../adapters/credentials.ts';
import { inPostgres } from '../adapters/postgres-adapter.ts';
import { proofKeeperOfPerson } from '../adapters/proven-role-store.ts';
import type { ClusterEngine } from './policy-snapshot.ts';

/** The field manager of what a command writes. */
export const MANAGER = 'lockstep';

export interface AloneParts {
  readonly cluster: Cluster;
  readonly engine: ClusterEngine;
  readonly credentials: WorkedCredentials;
  readonly around: Surroundings;
  /** How long one workload may take to become healthy. Milliseconds. */
  readonly timeout: number;
  /** What a changed Secret may take to reach volumes. Milliseconds. */
  readonly propagation: number;
  readonly warn: (note: string) => void;
}

/** All that a command needs to do what a controller does, of one Secret, where none leads. */
export function aloneIn({
  cluster,
  engine,
  credentials,
  around,
  timeout,
  propagation,
  warn,
}: AloneParts): SecretReconcilerNeeds {
  const inApi = inCluster({ cluster, manager: MANAGER, rolloutTimeout: timeout, told: () => {} });
  return {
    ...inApi,
    ...ALONE,
    ...inPostgres(),
    credentialOf: credentials.of,
    formerCredentialOf: credentials.formerOf,
    ...changeFinalizerOfPerson({ cluster, credentials, manager: MANAGER }),
    ...proofKeeperOfPerson({ cluster, credentials, manager: MANAGER }),
    checks: loginChecks(() => performance.now()),
    policies: () => engine.policies,
    labelsOf: engine.labelsOf,
    around: { ...around, now: inApi.now },
    history: HISTORY,
    propagation,
    tell: (_, { reason, note }) => {
      if (eventType(reason) === 'Warning') warn(note);
    },
  };
}
