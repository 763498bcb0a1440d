import { createHash } from 'node:crypto';
import { POLICY_WEBHOOK, type PolicyReviewResult } from '../../admission/policy-review/validate-policy.ts';
import type { ControllerReference } from '../../admission/review/secret-object.ts';
import type { ReviewResult } from '../../admission/review/webhook.ts';
import { boundedMap } from '../../admission/telemetry/bounded-map.ts';
import { denies, fieldOf, sentence } from '../../engine/secret/finding/finding.ts';
import type { EventData } from '../../kube/client/events.ts';

/** The Event for the owner of a Secret, without its reporter. */
export type DenialEvent = Omit<EventData, 'component' | 'instance'>;

export interface DenialEventsNeeds {
  /** Never rejects. */
  readonly recordEvent: (denial: DenialEvent) => Promise<void>;
  /** Milliseconds since 1970. Pods need a common clock to recognise a repeated Event. */
  readonly now: () => number;
}

/** The limit of denials that wait to be sent. Beyond it the oldest is dropped. */
const MAX_WAITING = 100;
/** The period in which a denial is reported once. */
const REPEAT_INTERVAL_MS = 10 * 60_000;
/** Holds identities only, at most a quarter of a megabyte. */
const MAX_REMEMBERED = 1000;

/**
 * Reports a denial by an Event, because the condition of an ExternalSecret only states "could not update secret". Call
 * it after the review was answered. It returns at once, and never affects a review.
 */
export function denialEvents({
  recordEvent,
  now,
}: DenialEventsNeeds): (outcome: ReviewResult | PolicyReviewResult) => void {
  const lastRecorded = boundedMap<number>(MAX_REMEMBERED);
  const waiting: DenialEvent[] = [];
  let isRecording = false;

  async function recordAll(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await recordEvent(next);
    isRecording = false;
  }

  return (outcome) => {
    const denial = outcome.webhook === POLICY_WEBHOOK ? undefined : denialEventOf(outcome);
    if (denial === undefined) return;
    const [id, at] = [digestOf(denial), now()];
    if (at - (lastRecorded.get(id) ?? -REPEAT_INTERVAL_MS) < REPEAT_INTERVAL_MS) return;
    lastRecorded.set(id, at);
    // Another pod may have given the same answer a moment ago. Within one period it is the same Event.
    waiting.push({ ...denial, identity: `${Math.floor(at / REPEAT_INTERVAL_MS)} ${id}` });
    if (waiting.length > MAX_WAITING) waiting.shift();
    if (isRecording) return;
    isRecording = true;
    void recordAll();
  };
}

/** A note has no room for more. */
const MAX_FINDINGS = 20;

/** A dry run has no side effects. A review of the mutating webhook denies nothing. */
function denialEventOf({ review, answer }: ReviewResult): DenialEvent | undefined {
  const { controller, dryRun, namespace } = review;
  const findings = answer.decision?.findings.filter(denies).slice(0, MAX_FINDINGS) ?? [];
  if (answer.verdict !== 'denied' || dryRun || controller === undefined || findings.length === 0)
    return undefined;
  if (!isExternalSecret(controller)) return undefined;
  const lines = findings.map((finding) => `${fieldOf(finding)}: ${sentence(finding)}`);
  const { name, uid } = controller;
  return {
    regarding: { apiVersion: controller.apiVersion, kind: controller.kind, namespace, name, uid },
    reason: 'SecretDenied',
    note: `Secret ${review.name || name} was not written: ${lines.join('; ')}`,
    identity: JSON.stringify([review.name, ...findings.map(({ key, rule, policy }) => [key, rule, policy])]),
  };
}

const isExternalSecret = ({ apiVersion, kind }: ControllerReference): boolean =>
  kind === 'ExternalSecret' && apiVersion.startsWith('external-secrets.io/');

const digestOf = ({ regarding, identity }: DenialEvent): string =>
  createHash('sha256')
    .update(JSON.stringify([regarding.uid, identity]))
    .digest('hex');
