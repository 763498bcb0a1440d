import { RESTORING } from '../../config/config.ts';
import { loginCheckTimer } from '../../controllers/credential/login-check-timer.ts';
import { type Emit, fanOut } from '../../controllers/domain-event.ts';
import type { ReconcilerDeps } from '../../controllers/reconciler-deps.ts';
import { secretEventOf } from '../../controllers/secret/secret-event.ts';
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
 * receives the text of each warning Event, and `emit` each domain event.
 */
export function standaloneReconciler(
  { cluster, ports, policySnapshot, context, options }: SecretRun<PasswordChangeOptions>,
  credentials: CredentialLookup,
  warn: (note: string) => void,
  emit: Emit = () => {},
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
    emit: fanOut(warningsOf(warn), emit),
  };
}

/** Prints the warnings that a controller would record as Kubernetes Events. */
const warningsOf =
  (warn: (note: string) => void): Emit =>
  (event) => {
    const secretEvent = secretEventOf(event);
    if (secretEvent !== undefined && eventType(secretEvent.reason) === 'Warning') warn(secretEvent.note);
  };
