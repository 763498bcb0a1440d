import type { DomainEvent, Emit, SecretIdentity } from '../../controllers/domain-event.ts';
import { keyOf, type SecretKey } from '../../controllers/informer/version-index.ts';
import type { RolloutEvent } from '../../controllers/ports.ts';
import { type SecretEvent, secretEventOf } from '../../controllers/secret/secret-event.ts';
import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import { serverKindOf } from '../../engine/login/server-kinds/kinds.ts';
import { EVENT_REASONS, eventType } from '../../engine/secret/kubernetes/event-reasons.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import type { OverdueKey } from '../../engine/versions/key-rotation/overdue.ts';
import type { WayOn } from '../../engine/versions/rollback/stopped-rollout.ts';
import { workloadId } from '../../engine/workloads/rollout/consumers.ts';
import {
  credentialReference,
  type RecordEvent,
  secretReference,
  workloadReference,
} from '../pod/event-recorder.ts';

export interface KubernetesEventsParts {
  readonly recordEvent: RecordEvent;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** Records Kubernetes Events about Secrets and their consumers. */
export function kubernetesEvents({ recordEvent, now }: KubernetesEventsParts): Emit {
  const deduplicated = deduplicatedSecretEvents(now);
  return (event, login) => {
    for (const { secret, reason, note, identity } of deduplicated(event)) {
      const regarding = secretReference(secret.namespace, secret.name, secret.uid);
      void recordEvent({ reason, note, identity, regarding });
      if (EVENT_REASONS[reason].about === LOGIN_EVENT && isOfSecret(login, secret))
        void recordEvent({
          reason,
          note,
          identity,
          regarding: credentialReference({ ...login, kind: serverKindOf(login.spec.keys).object }),
        });
    }
    if (event.kind === 'rollout-advanced')
      for (const regarding of referencesOf(event.secret, event.step)) {
        const { reason, note } = rolloutEventText(event);
        void recordEvent({ reason, note, identity: `${note} ${event.step.version}`, regarding });
      }
  };
}

/** False for an Event about one of its copies. */
const isOfSecret = (
  login: ServerCredential | undefined,
  { namespace, name }: SecretRef,
): login is ServerCredential => login?.namespace === namespace && login.spec.secretName === name;

type RolloutAdvanced = Extract<DomainEvent, { kind: 'rollout-advanced' }>;

/** The objects of an Event about a login. An operator of the server looks at the credential. */
const LOGIN_EVENT = 'Secret and PostgresCredential or RedisCredential';

/** A Kubernetes Event with the Secret that it is about. */
interface AddressedEvent extends SecretEvent {
  readonly secret: SecretIdentity;
  /** The same warning was reported a long time ago. */
  readonly isRepeated: boolean;
}

/** The Kubernetes Events of a domain event, without the warnings that were reported a short time ago. */
export function deduplicatedSecretEvents(
  now: () => number,
): (event: DomainEvent) => readonly AddressedEvent[] {
  const deduplicator = eventDeduplicator(now);
  return (event) => {
    if (event.kind === 'secret-deleted') deduplicator.delete(keyOf(event.secret));
    const secret = identityIn(event);
    if (secret === undefined) return [];
    return secretEventsOf(event).flatMap((one) => {
      if (eventType(one.reason) === 'Normal') return [{ ...one, secret, isRepeated: false }];
      const novelty = deduplicator.check(keyOf(secret), `${one.reason} ${one.identity}`);
      return novelty === undefined ? [] : [{ ...one, secret, isRepeated: novelty === 'repeated' }];
    });
  };
}

/** An Event needs the uid of its Secret. */
const identityIn = (event: DomainEvent): SecretIdentity | undefined =>
  'secret' in event && 'uid' in event.secret ? event.secret : undefined;

function secretEventsOf(event: DomainEvent): readonly SecretEvent[] {
  switch (event.kind) {
    case 'keys-overdue':
      return event.keys.map(keyOverdueEvent);
    case 'suspended':
      return [SUSPENDED_EVENT];
    case 'reconcile-forbidden':
      return [{ reason: 'ReconcileFailed', note: event.reason, identity: event.reason }];
    default: {
      const one = secretEventOf(event);
      return one === undefined ? [] : [one];
    }
  }
}

const keyOverdueEvent = ({ key, policy, since }: OverdueKey): SecretEvent => {
  const day = since.toISOString().slice(0, 10);
  return {
    reason: 'KeyOverdue',
    note: `data[${key}]: is older than policy ${policy} allows since ${day}. Set a new value.`,
    identity: `${key} ${day}`,
  };
};

const SUSPENDED_EVENT: SecretEvent = {
  reason: 'ReconcileSuspended',
  note: 'Another client reverts each correction of this Secret, so lockstep leaves it unchanged for an hour. kubectl get --show-managed-fields names the client.',
  identity: 'suspended',
};

/** The text for an event of the consumers of a Secret. */
export function rolloutEventText({
  secret,
  step: event,
  wayOn,
}: RolloutAdvanced): Pick<SecretEvent, 'reason' | 'note'> {
  const of = `version ${event.version} of Secret ${secret.name}`;
  switch (event.kind) {
    case 'restarted':
      return {
        reason: 'ConsumerRestarted',
        note: event.by === 'Reloader' ? `Reloader restarted it for ${of}.` : `Restarted for ${of}.`,
      };
    case 'left':
      return {
        reason: 'ConsumerLeftToReloader',
        note: `Annotations of the workload leave its restart for ${of} to Reloader: lockstep waits until Reloader has restarted it.`,
      };
    case 'finished':
      return {
        reason: 'RolloutComplete',
        note: `${event.workloads} ${event.workloads === 1 ? 'consumer has' : 'consumers have'} ${of}.`,
      };
    case 'stopped':
      return {
        reason: 'RolloutStopped',
        note: `${workloadId(event.workload)} ${event.reason}: no other consumer gets ${of} until it is healthy. ${wayOnText(wayOn, secret)}`,
      };
    case 'held':
      return {
        reason: 'ConsumerNotRestarted',
        note: `${workloadId(event.workload)} ${event.reason}: lockstep waits, because its pods have the login of before.`,
      };
    case 'passed':
      return {
        reason: 'ConsumerNotRestarted',
        note: `${workloadId(event.workload)} ${event.reason}: it continues without ${of}.`,
      };
  }
}

function wayOnText(wayOn: WayOn, { namespace, name }: SecretRef): string {
  switch (wayOn.kind) {
    case 'rolls-back':
      return 'lockstep rolls the password back, on the server, in the Secret and in its consumers.';
    case 'restored':
      return 'It has the values of an earlier version again, so its fault is another one.';
    case 'rollback':
      return `lockstep rollback ${namespace}/${name} --to ${wayOn.to} restores Secret and consumers.`;
    case 'fix-workload':
      return 'Correct the workload, and the rollout continues.';
  }
}

/** The objects that an event of a rollout is about: the workload, and for its end the Secret. */
function referencesOf({ namespace, name, uid }: SecretIdentity, event: RolloutEvent) {
  const isEnd = event.kind === 'stopped' || event.kind === 'finished';
  return [
    ...(event.kind === 'finished' ? [] : [workloadReference(event.workload)]),
    ...(isEnd ? [secretReference(namespace, name, uid)] : []),
  ];
}

/** Suppresses repeated Events. A Secret may be reconciled each second while its consumers roll out. */
interface EventDeduplicator {
  /** `repeated` means after a long time. Undefined means that no report is needed. */
  readonly check: (key: SecretKey, identity: string) => 'first' | 'repeated' | undefined;
  readonly delete: (key: SecretKey) => void;
}

/** Half of the hour for which the API server keeps an Event. */
const REPEAT_INTERVAL_MS = 30 * 60 * 1000;
/** The limit for one Secret, more than a person reads. */
const MAX_IDENTITIES = 1000;
/** The limit for all Secrets, about 10 MB. A tenant with many Secrets could otherwise fill the memory in some hours. */
const MAX_ALL_IDENTITIES = 50_000;

/**
 * `now` gives milliseconds from any start.
 *
 * @internal Exported for tests.
 */
export function eventDeduplicator(now: () => number): EventDeduplicator {
  /** The Secret with the oldest Event first. */
  const recorded = new Map<SecretKey, Map<string, number>>();
  let identities = 0;
  const forget = (key: SecretKey): void => {
    identities -= recorded.get(key)?.size ?? 0;
    recorded.delete(key);
  };
  return {
    check: (key, identity) => {
      const times = recorded.get(key) ?? new Map<string, number>();
      const last = times.get(identity);
      if (last !== undefined && now() - last < REPEAT_INTERVAL_MS) return undefined;
      forget(key);
      recorded.set(key, times.set(identity, now()));
      const [oldest] = times.keys();
      if (times.size > MAX_IDENTITIES && oldest !== undefined) times.delete(oldest);
      identities += times.size;
      const [longestAgo] = recorded.keys();
      if (identities > MAX_ALL_IDENTITIES && longestAgo !== undefined) forget(longestAgo);
      return last === undefined ? 'first' : 'repeated';
    },
    delete: forget,
  };
}
