import { RESTORING } from '../../config.ts';
import { loginCheckTimer } from '../../controllers/credential/login-check-timer.ts';
import type { ReconcilerDeps } from '../../controllers/reconciler-deps.ts';
import { DEFAULT_HISTORY_LIMIT } from '../../engine/record/record.ts';
import { eventType } from '../../engine/secret/event-reasons.ts';
import { bestEffortChangeFinalizer } from '../adapters/change-finalizer.ts';
import { STANDALONE_DEFAULTS } from '../adapters/cluster-adapter.ts';
import type { CredentialLookup } from '../adapters/credentials.ts';
import { postgresAdapter } from '../adapters/postgres-adapter.ts';
import { bestEffortProvenRoleStore } from '../adapters/proven-role-store.ts';
import type { PasswordChangeOptions } from './options.ts';
import { CLI_FIELD_MANAGER, type SecretRun } from './run.ts';

/**
 * The dependencies with which a command reconciles one Secret like a controller, if no controller leads. `warn`
 * receives the text of each warning Event.
 */
export function standaloneReconciler(
  { cluster, ports, policySnapshot, context, options }: SecretRun<PasswordChangeOptions>,
  credentials: CredentialLookup,
  warn: (note: string) => void,
): ReconcilerDeps {
  const credentialParts = { cluster, credentials, manager: CLI_FIELD_MANAGER } as const;
  return {
    ...ports,
    databases: postgresAdapter(),
    context: { ...context, now: ports.clock.now },
    policies: { current: () => policySnapshot.policies, labelsOf: policySnapshot.labelsOf },
    credentials: {
      forSecret: credentials.forSecret,
      formerForSecret: credentials.formerForSecret,
      finalizer: bestEffortChangeFinalizer(credentialParts),
      provenRoles: bestEffortProvenRoleStore(credentialParts),
    },
    settings: {
      history: DEFAULT_HISTORY_LIMIT,
      propagation: options.propagation,
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
