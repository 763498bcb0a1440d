import type { Secret } from '../../secret/secret.ts';
import { readKeys, secretUse, type Workload, workloadId } from '../../workloads/rollout/consumers.ts';
import type { LoginKeys } from '../in-secret/login-keys.ts';
import type { ServerWorkload } from './server-workload.ts';

export interface ConsumerChoice {
  readonly restart: boolean;
  readonly reason: string;
  /** The workloads that read the password and not the user. */
  readonly withoutUser: readonly string[];
  readonly notes: readonly string[];
}

/** The length of a list that a person reads. */
const MAX_NAMES = 20;

/** `workloads` are those of the namespace. Undefined if they are not known. `server` runs the database. */
export function consumersOf(
  secret: Secret,
  keys: LoginKeys,
  workloads: readonly Workload[] | undefined,
  server: ServerWorkload | undefined,
): ConsumerChoice {
  const readers = (workloads ?? []).filter(({ uses }) => uses.has(secret.name));
  const names = readers.map(workloadId);
  const reads = (workload: Workload, key: string): boolean =>
    readKeys(secretUse(workload, secret.name), [key]).length > 0;
  const itself = readers.find((workload) => workloadId(workload) === server?.id && !workload.optedOut);
  const restart = readers.length === 0 || readers.some(({ optedOut }) => !optedOut);
  return {
    restart,
    reason: reasonOf(workloads === undefined ? undefined : names, restart),
    withoutUser: readers
      .filter((workload) => reads(workload, keys.password) && !reads(workload, keys.user))
      .map(workloadId),
    notes:
      itself === undefined
        ? []
        : [
            `${workloadId(itself)} is the server itself, and each change restarts it. To prevent that: kubectl -n ${secret.namespace} annotate ${itself.kind.toLowerCase()} ${itself.name} lockstep.dev/restart=false`,
          ],
  };
}

function reasonOf(names: readonly string[] | undefined, restart: boolean): string {
  if (names === undefined) return 'Its readers are not known.';
  if (names.length === 0) return 'No workload of the namespace reads the Secret.';
  const rest = names.length - MAX_NAMES;
  const list = [...names.slice(0, MAX_NAMES), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
  return restart ? `Read by ${list}.` : `Read by ${list}, and lockstep.dev/restart=false is on each of them.`;
}
