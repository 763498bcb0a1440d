import { createHash } from 'node:crypto';
import { type EventReason, eventType } from '../../engine/secret/event-reasons.ts';
import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';
import { failure, isNamespaceGone, Refusal } from './api-error.ts';
import type { Call, Cluster } from './connect.ts';

/** The object that an Event is about. */
export interface Regarding {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for an object that is in none. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface Happening {
  readonly regarding: Regarding;
  readonly reason: EventReason;
  /** What happened, for people. Cut at a word after 1024 characters. */
  readonly note: string;
  /** What is the same where the same is said: it is told once, however often, and by however many. Never a value. */
  readonly identity: string;
  /** Who tells: `lockstep-controller`. */
  readonly component: FieldManager;
  /** Which one of them: the pod's name. */
  readonly instance: string;
}

/**
 * Makes an Event, unless there is one that says the same; nothing where the namespace is gone or going. The object may be gone too. Throws LockstepError.
 */
export async function tellEvent({ server, call }: Cluster, happening: Happening): Promise<void> {
  const { kind, namespace, name } = happening.regarding;
  const event = eventOf(happening, new Date());
  try {
    await call(creationOf(event));
  } catch (cause) {
    if (isSaid(cause) || isNamespaceGone(cause)) return;
    const place = namespace === '' ? name : `${namespace}/${name}`;
    throw failure(cause, server, `telling of ${kind} ${place} by an Event`);
  }
}

interface Event {
  readonly metadata: { readonly namespace: string };
}

const creationOf = (event: Event): Call => ({
  method: 'POST',
  path: `/api/v1/namespaces/${encodeURIComponent(event.metadata.namespace)}/events`,
  body: event,
});

/** Where Events of objects lie that are in no namespace, as client-go has it. */
const NO_NAMESPACE = 'default';

function eventOf({ regarding, reason, note, ...rest }: Happening, now: Date): Event {
  const time = `${now.toISOString().slice(0, 19)}Z`;
  const namespace = regarding.namespace === '' ? NO_NAMESPACE : regarding.namespace;
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace, name: nameOf(regarding, reason, rest.identity) },
    involvedObject: regarding,
    type: eventType(reason),
    reason,
    message: shortened(note),
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component: rest.component },
    reportingComponent: rest.component,
    reportingInstance: rest.instance,
  };
  return event;
}

/** What a name of an object may be long, less a dot and the 16 digits. Characters. */
const LONGEST_BEGINNING = 253 - 17;

function nameOf({ name, uid }: Regarding, reason: string, identity: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([uid, reason, identity]))
    .digest('hex');
  // A part of a name must not end in a dot or a dash where it is cut.
  return `${name.slice(0, LONGEST_BEGINNING).replace(/[-.]+$/, '')}.${digest.slice(0, 16)}`;
}

/** Of an Event (events.k8s.io/v1); the older kind has no limit, but is shown in the same columns. Characters. */
const LONGEST_NOTE = 1024;

/** One line, cut at a word. */
function shortened(note: string): string {
  const line = note.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').toWellFormed();
  if (line.length <= LONGEST_NOTE) return line;
  const room = line.slice(0, LONGEST_NOTE - 2);
  const end = room.lastIndexOf(' ');
  return `${room.slice(0, end > LONGEST_NOTE / 2 ? end : undefined).toWellFormed()} …`;
}

/** AlreadyExists: somebody has said it. */
const isSaid = (cause: unknown): boolean => cause instanceof Refusal && cause.status === 409;
