import { LockstepError } from '../../errors/errors.ts';
import { clusterError, hasStatus } from './api-error.ts';
import { apiPath } from './call.ts';
import type { ApiResponse, Cluster } from './connect.ts';

export interface LeaseRef {
  readonly namespace: string;
  readonly name: string;
}

/** The Lease by which the replicas of the controller agree on the leader. */
export const CONTROLLER_LEASE = 'lockstep-controller';

/** Half of the renew deadline, so that one call without an answer does not cost the leadership. */
const CALL_TIMEOUT_MS = 5000;

/** The field is an int32. */
const MAX_TRANSITIONS = 2 ** 31 - 1;

export interface LeaseHolder {
  /** Empty if no pod holds it. */
  readonly holder: string;
  /** The lease duration. */
  readonly seconds: number;
}

export interface StoredLease extends LeaseHolder {
  /** A text that changes with each renewal, and with nothing else. */
  readonly mark: string;
  /** The object of the API server. A write keeps the fields that other clients have set. */
  readonly object: LeaseObject;
}

/** One Lease. Each write is conditional, and throws CLUSTER_CONFLICT if the Lease changed since it was read. */
export interface LeaseClient {
  /** Undefined if there is none. Rejects with a LockstepError within five seconds. */
  readonly read: () => Promise<StoredLease | undefined>;
  /** Creates the Lease, or replaces the one that was read. Rejects with a LockstepError within five seconds. */
  readonly write: (holder: LeaseHolder, replaced: StoredLease | undefined) => Promise<StoredLease>;
}

/**
 * `now` is the clock of this machine. The times in the Lease follow the API server's clock, from its last answer. So a
 * machine whose clock is an hour wrong does not look like one that has gone.
 */
export function leaseClient(cluster: Cluster, leaseRef: LeaseRef, now: () => Date): LeaseClient {
  const description = `Lease ${leaseRef.namespace}/${leaseRef.name}`;
  const timeout = CALL_TIMEOUT_MS;
  let clockOffsetMs = 0;

  function leaseIn({ object, date }: ApiResponse): StoredLease {
    if (date !== undefined) clockOffsetMs = date.getTime() - now().getTime();
    return leaseOf(object);
  }

  return {
    read: async () => {
      try {
        return leaseIn(await cluster.call({ path: pathOf(leaseRef), timeout }));
      } catch (cause) {
        if (hasStatus(cause, 404)) return undefined;
        throw clusterError(cause, cluster.server, `reading ${description}`);
      }
    },
    write: async (leaseHolder, previous) => {
      const action = `writing ${description}`;
      const time = new Date(now().getTime() + clockOffsetMs);
      const body = leaseBody(leaseRef, leaseHolder, previous?.object, time);
      try {
        return leaseIn(
          await cluster.call(
            previous === undefined
              ? { method: 'POST', path: pathOf({ namespace: leaseRef.namespace }), body, timeout }
              : { method: 'PUT', path: pathOf(leaseRef), body, timeout },
          ),
        );
      } catch (cause) {
        // A Lease that was deleted since it was read has changed too.
        if (previous !== undefined && hasStatus(cause, 404))
          throw new LockstepError('CLUSTER_CONFLICT', [action]);
        throw clusterError(cause, cluster.server, action);
      }
    },
  };
}

/**
 * Whether a controller leads now, by the API server's clock. Undefined if this user has no right to read the Lease, or
 * the clock is not known. Throws LockstepError.
 */
export async function hasActiveController(
  { server, call }: Cluster,
  namespace: string,
): Promise<boolean | undefined> {
  const path = pathOf({ namespace, name: CONTROLLER_LEASE });
  try {
    const { object, date } = await call({ path });
    const { holder, seconds, object: lease } = leaseOf(object);
    const renewedAt = Date.parse(lease.spec?.renewTime ?? '');
    if (holder === '' || Number.isNaN(renewedAt)) return false;
    return date && date.getTime() <= renewedAt + seconds * 1000;
  } catch (cause) {
    if (hasStatus(cause, 404)) return false;
    if (hasStatus(cause, 403)) return undefined;
    throw clusterError(cause, server, `reading Lease ${namespace}/${CONTROLLER_LEASE}`);
  }
}

/** coordination.k8s.io/v1, which allows each field of the spec to be absent. */
interface LeaseObject {
  readonly metadata?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number | null;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number | null;
  } | null;
}

function leaseOf(response: unknown): StoredLease {
  const object = response as LeaseObject;
  const spec = object.spec ?? {};
  const { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions } = spec;
  return {
    holder: holderIdentity ?? '',
    seconds: leaseDurationSeconds ?? 0,
    mark: JSON.stringify([object.metadata?.uid, holderIdentity, acquireTime, renewTime, leaseTransitions]),
    object,
  };
}

function leaseBody(
  leaseRef: LeaseRef,
  { holder, seconds }: LeaseHolder,
  previous: LeaseObject | undefined,
  now: Date,
) {
  const previousSpec = previous?.spec ?? {};
  const isSameHolder = previousSpec.holderIdentity === holder;
  const isTransition = !isSameHolder && holder !== '';
  const transitions =
    previous === undefined ? 0 : (previousSpec.leaseTransitions ?? 0) + (isTransition ? 1 : 0);
  return {
    ...(previous ?? { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: leaseRef }),
    spec: {
      ...previousSpec,
      holderIdentity: holder,
      leaseDurationSeconds: seconds,
      acquireTime: isSameHolder ? (previousSpec.acquireTime ?? microTime(now)) : microTime(now),
      renewTime: microTime(now),
      leaseTransitions: Math.min(transitions, MAX_TRANSITIONS),
    },
  };
}

/** RFC 3339 with six digits, the format of metav1.MicroTime. */
const microTime = (at: Date): string => at.toISOString().replace('Z', '000Z');

const pathOf = (place: Partial<LeaseRef>): string => apiPath('coordination.k8s.io/v1', 'leases', place);
