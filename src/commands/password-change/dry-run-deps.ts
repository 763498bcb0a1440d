import type { StepDeps } from '../../controllers/credential/steps.ts';
import type { ServerDeps } from '../../controllers/secret/login-server-of.ts';
import { secretEventOf } from '../../controllers/secret/secret-event.ts';
import { withProvenRoles } from '../../engine/login/change/allowed-roles.ts';
import { eventType } from '../../engine/secret/kubernetes/event-reasons.ts';
import { DEFAULT_HISTORY_LIMIT } from '../../engine/secret/record/record.ts';
import { BACKUP_TOOLS } from '../../engine/secret/record/writers.ts';
import { postgresAdapter } from '../adapters/postgres-adapter.ts';
import { redisAdapter } from '../adapters/redis-adapter.ts';
import { PROPAGATION } from '../cli/duration.ts';
import type { PasswordChangeRun } from './run.ts';

/**
 * The dependencies of a dry run, which logs in from this machine. It keeps proven roles in memory, and prints the
 * warnings that a controller would record as Kubernetes Events.
 */
export function dryRunDeps({
  ports,
  policySnapshot: { policies, labelsOf },
  context,
  credentials,
  print,
}: PasswordChangeRun): DryRunDeps {
  return {
    ...ports,
    databases: postgresAdapter(),
    redis: redisAdapter(),
    policies: { current: () => policies, labelsOf },
    context: { ...context, now: ports.clock.now },
    credentials: {
      ...credentials,
      finalizer: UNCHANGED_FINALIZER,
      provenRoles: {
        read: credentials.provenRolesOf,
        save: async (credential, proven) => {
          const stored = credentials.resourceOf(credential);
          if (stored !== undefined)
            credentials.upsert({ ...stored, status: withProvenRoles(stored.status, proven) });
        },
      },
    },
    settings: {
      history: DEFAULT_HISTORY_LIMIT,
      propagation: PROPAGATION,
      restoreFieldManagers: new Set(BACKUP_TOOLS),
    },
    enqueue: () => {},
    emit: (event) => {
      const secretEvent = secretEventOf(event);
      if (secretEvent !== undefined && eventType(secretEvent.reason) === 'Warning') print(secretEvent.note);
    },
  };
}

/** The reach of a dry run. */
export type DryRunDeps = StepDeps & ServerDeps;

/** No change begins, so none needs a finalizer. */
const UNCHANGED_FINALIZER: StepDeps['credentials']['finalizer'] = {
  add: async () => true,
  isSet: () => false,
  remove: async () => false,
  deletedAt: () => undefined,
};
