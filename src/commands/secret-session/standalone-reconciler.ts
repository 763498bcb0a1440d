import { loginCheckTimer } from '../../controllers/credential/login-check-timer.ts';
import type { SecretReconcilerNeeds } from '../../controllers/secret/reconciler.ts';
import type { EngineContext } from '../../engine/evaluation/decision.ts';
import { DEFAULT_HISTORY_LIMIT } from '../../engine/record/record.ts';
import { eventType } from '../../engine/secret/event-reasons.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { bestEffortChangeFinalizer } from '../adapters/change-finalizer.ts';
import { clusterAdapter, STANDALONE_DEFAULTS } from '../adapters/cluster-adapter.ts';
import type { CredentialLookup } from '../adapters/credentials.ts';
import { postgresAdapter } from '../adapters/postgres-adapter.ts';
import { bestEffortProvenRoleStore } from '../adapters/proven-role-store.ts';
import type { PolicySnapshot } from './policy-snapshot.ts';

/** The field manager of what a command writes. */
export const CLI_FIELD_MANAGER = 'lockstep';

export interface StandaloneReconcilerParts {
  readonly cluster: Cluster;
  readonly policySnapshot: PolicySnapshot;
  readonly credentials: CredentialLookup;
  readonly context: EngineContext;
  /** How long one workload may take to become healthy. Milliseconds. */
  readonly timeout: number;
  /** What a changed Secret may take to reach volumes. Milliseconds. */
  readonly propagation: number;
  readonly warn: (note: string) => void;
}

/** All that a command needs to do what a controller does, of one Secret, where none leads. */
export function standaloneReconciler({
  cluster,
  policySnapshot,
  credentials,
  context,
  timeout,
  propagation,
  warn,
}: StandaloneReconcilerParts): SecretReconcilerNeeds {
  const clusterNeeds = clusterAdapter({
    cluster,
    fieldManager: CLI_FIELD_MANAGER,
    rolloutTimeout: timeout,
    onRolloutEvent: () => {},
  });
  return {
    ...clusterNeeds,
    ...STANDALONE_DEFAULTS,
    ...postgresAdapter(),
    credentialOf: credentials.forSecret,
    formerCredentialOf: credentials.formerForSecret,
    ...bestEffortChangeFinalizer({ cluster, credentials, manager: CLI_FIELD_MANAGER }),
    ...bestEffortProvenRoleStore({ cluster, credentials, manager: CLI_FIELD_MANAGER }),
    checkTimer: loginCheckTimer(() => performance.now()),
    policies: () => policySnapshot.policies,
    labelsOf: policySnapshot.labelsOf,
    context: { ...context, now: clusterNeeds.now },
    history: DEFAULT_HISTORY_LIMIT,
    propagation,
    recordEvent: (_, { reason, note }) => {
      if (eventType(reason) === 'Warning') warn(note);
    },
  };
}
