import { createHash } from 'node:crypto';
import { POLICY_WEBHOOK, type PolicyOutcome } from '../../admission/policy-review/validate-policy.ts';
import type { Controller } from '../../admission/review/secret-object.ts';
import type { Outcome } from '../../admission/review/webhook.ts';
import { recent } from '../../admission/telemetry/bounded-map.ts';
import { denies, fieldOf, sentence } from '../../engine/finding/finding.ts';
import type { Happening } from '../../kube/client/events.ts';

/** What an owner is told, but for who tells it. */
export type Denial = Omit<Happening, 'component' | 'instance'>;

export interface DeniedOwnersNeeds {
  /** Never rejects. */
  readonly tell: (denial: Denial) => Promise<void>;
  /** Milliseconds since 1970: pods agree by it on what was said already. */
  readonly now: () => number;
}

/** Denials that wait to be told: past them the oldest goes. */
const MOST_WAITING = 100;
/** The same is told once in this time. Milliseconds. */
const SILENCE = 10 * 60_000;
/** Identities only, so a quarter of a megabyte at the most. */
const REMEMBERED = 1000;

/**
 * The condition of an ExternalSecret says of a denial no more than "could not update secret", so it is told by an Event what was wrong. To be called after the
 * review was answered; it returns at once, and nothing that it does reaches a review.
 */
export function deniedOwners({ tell, now }: DeniedOwnersNeeds): (outcome: Outcome | PolicyOutcome) => void {
  const told = recent<number>(REMEMBERED);
  const waiting: Denial[] = [];
  let isTelling = false;

  async function tellAll(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await tell(next);
    isTelling = false;
  }

  return (outcome) => {
    const denial = outcome.webhook === POLICY_WEBHOOK ? undefined : denialOf(outcome);
    if (denial === undefined) return;
    const [id, at] = [digestOf(denial), now()];
    if (at - (told.get(id) ?? -SILENCE) < SILENCE) return;
    told.set(id, at);
    // Another pod may have answered the same a moment ago: of one stretch of time it is the same Event.
    waiting.push({ ...denial, identity: `${Math.floor(at / SILENCE)} ${id}` });
    if (waiting.length > MOST_WAITING) waiting.shift();
    if (isTelling) return;
    isTelling = true;
    void tellAll();
  };
}

/** More does not fit into a note. */
const MOST_FINDINGS = 20;

/** A dry run has no side effects; one of the mutating webhook denies nothing. */
function denialOf({ review, answer }: Outcome): Denial | undefined {
  const { controller, dryRun, namespace } = review;
  const findings = answer.decision?.findings.filter(denies).slice(0, MOST_FINDINGS) ?? [];
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

const isExternalSecret = ({ apiVersion, kind }: Controller): boolean =>
  kind === 'ExternalSecret' && apiVersion.startsWith('external-secrets.io/');

const digestOf = ({ regarding, identity }: Denial): string =>
  createHash('sha256')
    .update(JSON.stringify([regarding.uid, identity]))
    .digest('hex');
