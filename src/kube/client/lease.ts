import { ask, askFor, failure, Refusal } from './api-error.ts';
import type { Call, Cluster } from './connect.ts';
import { CONTROLLER } from './field-manager.ts';

export interface LeasePlace {
  readonly namespace: string;
  readonly name: string;
}

/** The Lease of the controller's replicas: one of them leads. */
export const CONTROLLER_LEASE = 'lockstep-controller';

/**
 * Half of the time in which a leader has to renew, so that one call that gets no answer does not cost the lead. Milliseconds.
 */
const TIMEOUT_MS = 5000;

/** The field is an int32. */
const MOST_TRANSITIONS = 2 ** 31 - 1;

/** Who holds it. */
export interface Tenure {
  /** Empty where nobody does. */
  readonly holder: string;
  /** For how long after each renewal. */
  readonly seconds: number;
}

/** A Lease as it is stored. */
export interface StoredLease extends Tenure {
  /** Text that is another after each renewal, and after nothing else. */
  readonly mark: string;
  /** As the API server gave it: what others have put there goes back with it. */
  readonly object: LeaseObject;
}

/** One Lease. Every write is conditional: CLUSTER_CONFLICT says that it is no longer what was read. */
export interface LeaseKeeper {
  /** Undefined where there is none. Rejects with a LockstepError within five seconds. */
  readonly read: () => Promise<StoredLease | undefined>;
  /** Creates it, or replaces the one that was read. Rejects with a LockstepError within five seconds. */
  readonly write: (tenure: Tenure, replaced: StoredLease | undefined) => Promise<StoredLease>;
}

/**
 * `now`: this machine's clock. What is written is in the API server's time as it was last heard of, so that a machine whose clock is an hour off
 * does not look like one that has gone.
 */
export function leaseKeeper({ server, call }: Cluster, place: LeasePlace, now: () => Date): LeaseKeeper {
  const path = pathOf(place);
  const named = `Lease ${place.namespace}/${place.name}`;
  let offset = 0;

  async function send(request: Call): Promise<StoredLease> {
    const { object, date } = await call({ ...request, timeout: TIMEOUT_MS });
    if (date !== undefined) offset = date.getTime() - now().getTime();
    return storedOf(object);
  }

  return {
    read: () => askFor(server, `reading ${named}`, () => send({ path })),
    write: (tenure, replaced) => {
      const body = bodyOf(place, tenure, replaced?.object, new Date(now().getTime() + offset));
      const query = { fieldManager: CONTROLLER };
      return ask(server, `writing ${named}`, () =>
        replaced === undefined
          ? send({ method: 'POST', path: path.slice(0, path.lastIndexOf('/')), query, body })
          : send({ method: 'PUT', path, query, body }).catch(goneIsConflict),
      );
    },
  };
}

/** Whoever deleted the Lease that was read has changed it, too. */
function goneIsConflict(cause: unknown): never {
  throw cause instanceof Refusal && cause.status === 404 ? new Refusal(409, cause.body) : cause;
}

/** Whether a controller leads now, by the API server's clock. Undefined where this user may not know, or can't. Throws LockstepError. */
export async function isControllerLeading(
  { server, call }: Cluster,
  namespace: string,
): Promise<boolean | undefined> {
  const path = pathOf({ namespace, name: CONTROLLER_LEASE });
  try {
    const { object, date } = await call({ path });
    const { holder, seconds, object: stored } = storedOf(object);
    const renewed = Date.parse(stored.spec?.renewTime ?? '');
    if (holder === '' || Number.isNaN(renewed)) return false;
    return date && date.getTime() <= renewed + seconds * 1000;
  } catch (cause) {
    if (cause instanceof Refusal && cause.status === 404) return false;
    if (cause instanceof Refusal && cause.status === 403) return undefined;
    throw failure(cause, server, `reading Lease ${namespace}/${CONTROLLER_LEASE}`);
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

function storedOf(found: unknown): StoredLease {
  const object = found as LeaseObject;
  const spec = object.spec ?? {};
  const { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions } = spec;
  return {
    holder: holderIdentity ?? '',
    seconds: leaseDurationSeconds ?? 0,
    mark: JSON.stringify([object.metadata?.uid, holderIdentity, acquireTime, renewTime, leaseTransitions]),
    object,
  };
}

function bodyOf(place: LeasePlace, { holder, seconds }: Tenure, from: LeaseObject | undefined, at: Date) {
  const before = from?.spec ?? {};
  const isSame = before.holderIdentity === holder;
  const isNext = !isSame && holder !== '';
  const transitions = from === undefined ? 0 : (before.leaseTransitions ?? 0) + (isNext ? 1 : 0);
  return {
    ...(from ?? { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: place }),
    spec: {
      ...before,
      holderIdentity: holder,
      leaseDurationSeconds: seconds,
      acquireTime: isSame ? (before.acquireTime ?? microTime(at)) : microTime(at),
      renewTime: microTime(at),
      leaseTransitions: Math.min(transitions, MOST_TRANSITIONS),
    },
  };
}

/** RFC 3339 with six digits, which metav1.MicroTime asks for. */
const microTime = (at: Date): string => at.toISOString().replace('Z', '000Z');

const pathOf = ({ namespace, name }: LeasePlace): string =>
  `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases/${encodeURIComponent(name)}`;
