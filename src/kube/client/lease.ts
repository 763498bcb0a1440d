import { ApiStatusError, callApi, callApiIfFound, clusterError } from './api-error.ts';
import type { ApiCall, Cluster } from './connect.ts';
import { CONTROLLER_FIELD_MANAGER } from './field-manager.ts';

export interface LeaseRef {
  readonly namespace: string;
  readonly name: string;
}

/** The Lease of the controller's replicas: one of them leads. */
export const CONTROLLER_LEASE = 'lockstep-controller';

/**
 * Half of the time in which a leader has to renew, so that one call that gets no answer does not cost the lead. Milliseconds.
 */
const CALL_TIMEOUT_MS = 5000;

/** The field is an int32. */
const MAX_TRANSITIONS = 2 ** 31 - 1;

/** Who holds it. */
export interface LeaseHolder {
  /** Empty where nobody does. */
  readonly holder: string;
  /** For how long after each renewal. */
  readonly seconds: number;
}

/** A Lease as it is stored. */
export interface StoredLease extends LeaseHolder {
  /** Text that is another after each renewal, and after nothing else. */
  readonly mark: string;
  /** As the API server gave it: what others have put there goes back with it. */
  readonly object: LeaseObject;
}

/** One Lease. Every write is conditional: CLUSTER_CONFLICT says that it is no longer what was read. */
export interface LeaseClient {
  /** Undefined where there is none. Rejects with a LockstepError within five seconds. */
  readonly read: () => Promise<StoredLease | undefined>;
  /** Creates it, or replaces the one that was read. Rejects with a LockstepError within five seconds. */
  readonly write: (tenure: LeaseHolder, replaced: StoredLease | undefined) => Promise<StoredLease>;
}

/**
 * `now`: this machine's clock. What is written is in the API server's time as it was last heard of, so that a machine whose clock is an hour off
 * does not look like one that has gone.
 */
export function leaseClient({ server, call }: Cluster, leaseRef: LeaseRef, now: () => Date): LeaseClient {
  const path = pathOf(leaseRef);
  const description = `Lease ${leaseRef.namespace}/${leaseRef.name}`;
  let clockOffsetMs = 0;

  async function send(request: ApiCall): Promise<StoredLease> {
    const { object, date } = await call({ ...request, timeout: CALL_TIMEOUT_MS });
    if (date !== undefined) clockOffsetMs = date.getTime() - now().getTime();
    return leaseOf(object);
  }

  return {
    read: () => callApiIfFound(server, `reading ${description}`, () => send({ path })),
    write: (leaseHolder, previous) => {
      const body = leaseBody(
        leaseRef,
        leaseHolder,
        previous?.object,
        new Date(now().getTime() + clockOffsetMs),
      );
      const query = { fieldManager: CONTROLLER_FIELD_MANAGER };
      return callApi(server, `writing ${description}`, () =>
        previous === undefined
          ? send({ method: 'POST', path: path.slice(0, path.lastIndexOf('/')), query, body })
          : send({ method: 'PUT', path, query, body }).catch(notFoundAsConflict),
      );
    },
  };
}

/** Whoever deleted the Lease that was read has changed it, too. */
function notFoundAsConflict(cause: unknown): never {
  throw cause instanceof ApiStatusError && cause.status === 404 ? new ApiStatusError(409, cause.body) : cause;
}

/** Whether a controller leads now, by the API server's clock. Undefined where this user may not know, or can't. Throws LockstepError. */
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
    if (cause instanceof ApiStatusError && cause.status === 404) return false;
    if (cause instanceof ApiStatusError && cause.status === 403) return undefined;
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

/** RFC 3339 with six digits, which metav1.MicroTime asks for. */
const microTime = (at: Date): string => at.toISOString().replace('Z', '000Z');

const pathOf = ({ namespace, name }: LeaseRef): string =>
  `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases/${encodeURIComponent(name)}`;
