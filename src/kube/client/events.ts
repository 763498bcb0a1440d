import { createHash } from 'node:crypto';
import { toKubernetesTime } from '../../engine/secret/kubernetes/conditions.ts';
import { type EventReason, eventType } from '../../engine/secret/kubernetes/event-reasons.ts';
import { MAX_OBJECT_NAME_LENGTH } from '../../engine/secret/kubernetes/name.ts';
import { clusterError, hasStatus, isNamespaceUnavailable } from './api-error.ts';
import { apiPath } from './call.ts';
import type { Cluster } from './connect.ts';

/** The object that an Event is about. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for a cluster-scoped object. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** The pods that report. */
export type EventComponent = 'lockstep-controller' | 'lockstep-webhook';

export interface EventData {
  readonly regarding: ObjectReference;
  readonly reason: EventReason;
  /** The message for people. It is cut at a word after 1024 characters. */
  readonly note: string;
  /**
   * Events with the same identity are recorded once, however often and by however many pods. It never holds a value.
   */
  readonly identity: string;
  readonly component: EventComponent;
  /** The name of the pod. */
  readonly instance: string;
}

/**
 * Creates an Event, unless there is one with the same identity. Does nothing if the namespace is gone or being deleted.
 * The object may be gone too. Throws LockstepError.
 */
export async function recordEvent({ server, call }: Cluster, eventData: EventData): Promise<void> {
  const { kind, namespace, name } = eventData.regarding;
  const body = eventObject(eventData, new Date());
  try {
    await call({
      method: 'POST',
      path: apiPath('v1', 'events', { namespace: body.metadata.namespace }),
      body,
    });
  } catch (cause) {
    // The Event is already recorded.
    if (hasStatus(cause, 409) || isNamespaceUnavailable(cause)) return;
    const objectName = namespace === '' ? name : `${namespace}/${name}`;
    throw clusterError(cause, server, `recording an Event about ${kind} ${objectName}`);
  }
}

/** client-go puts Events of cluster-scoped objects into this namespace. */
const CLUSTER_SCOPED_NAMESPACE = 'default';

function eventObject({ regarding, reason, note, ...rest }: EventData, now: Date) {
  const time = toKubernetesTime(now);
  const namespace = regarding.namespace === '' ? CLUSTER_SCOPED_NAMESPACE : regarding.namespace;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace, name: eventName(regarding, reason, rest.identity) },
    involvedObject: regarding,
    type: eventType(reason),
    reason,
    message: truncatedNote(note),
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component: rest.component },
    reportingComponent: rest.component,
    reportingInstance: rest.instance,
  };
}

/** The limit for an object's name, less a dot and the 16 digits. */
const MAX_NAME_PREFIX = MAX_OBJECT_NAME_LENGTH - 17;

function eventName({ name, uid }: ObjectReference, reason: string, identity: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([uid, reason, identity]))
    .digest('hex');
  // A label of a name must not end in a dot or a dash.
  return `${name.slice(0, MAX_NAME_PREFIX).replace(/[-.]+$/, '')}.${digest.slice(0, 16)}`;
}

/** The limit of events.k8s.io/v1. The older kind has no limit, but kubectl shows both in the same columns. */
const MAX_NOTE_LENGTH = 1024;

/** One line, cut at a word. */
function truncatedNote(note: string): string {
  const line = note.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').toWellFormed();
  if (line.length <= MAX_NOTE_LENGTH) return line;
  const available = line.slice(0, MAX_NOTE_LENGTH - 2);
  const end = available.lastIndexOf(' ');
  return `${available.slice(0, end > MAX_NOTE_LENGTH / 2 ? end : undefined).toWellFormed()} …`;
}
