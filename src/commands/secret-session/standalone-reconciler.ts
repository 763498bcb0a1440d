import { RESTORING } from '../../config.ts';
import { loginCheckTimer } from '../../controllers/credential/login-check-timer.ts';
import type { ReconcilerDeps } from '../../controllers/reconciler-deps.ts';
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

/** The field manager of a command's writes. */
export const CLI_FIELD_MANAGER = 'lockstep';

export interface StandaloneReconcilerParts {
  readonly cluster: Cluster;
  readonly policySnapshot: PolicySnapshot;
  readonly credentials: CredentialLookup;
  readonly context: EngineContext;
  /** The time in which one workload must become healthy, in milliseconds. */
  readonly timeout: number;
  /** The time until volumes show a changed Secret, in milliseconds. */
  readonly propagation: number;
  readonly warn: (note: string) => void;
}

/** The dependencies with which a command reconciles one Secret like a controller, if no controller leads. */
export function standaloneReconciler({
  cluster,
  policySnapshot,
  credentials,
  context,
  timeout,
  propagation,
  warn,
}: StandaloneReconcilerParts): ReconcilerDeps {
  const clusterPorts = clusterAdapter({
    cluster,
    fieldManager: CLI_FIELD_MANAGER,
    rolloutTimeout: timeout,
    onRolloutEvent: () => {},
  });
  const credentialParts = { cluster, credentials, manager: CLI_FIELD_MANAGER } as const;
  return {
    ...clusterPorts,
    databases: postgresAdapter(),
    context: { ...context, now: clusterPorts.clock.now },
    policies: { current: () => policySnapshot.policies, labelsOf: policySnapshot.labelsOf },
    credentials: {
      forSecret: credentials.forSecret,
      formerForSecret: credentials.formerForSecret,
      finalizer: bestEffortChangeFinalizer(credentialParts),
      provenRoles: bestEffortProvenRoleStore(credentialParts),
    },
    settings: {
      history: DEFAULT_HISTORY_LIMIT,
      propagation,
      restoreFieldManagers: new Set(RESTORING),
    },
    checkTimer: loginCheckTimer(() => performance.now()),
    ...STANDALONE_DEFAULTS,
    reports: {
      ...STANDALONE_DEFAULTS.reports,
      recordEvent: (_, { reason, note }) => {
        if (eventType(reason) === 'Warning') warn(note);
      },
    },
  };
}
