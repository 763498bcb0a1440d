import type { SecretEventData } from '../../controllers/reconciler-deps.ts';
import type { RolloutEvent } from '../../controllers/secret/rollout.ts';
import { workloadId } from '../../engine/rollout/consumers.ts';
import type { OverdueKey } from '../../engine/rotation/overdue.ts';

/** Holds names only. */
type RolloutEventText = Pick<SecretEventData, 'reason' | 'note'>;

export const keyOverdueEvent = ({ key, policy, since }: OverdueKey): SecretEventData => {
  const day = since.toISOString().slice(0, 10);
  return {
    reason: 'KeyOverdue',
    note: `data[${key}]: is older than policy ${policy} allows since ${day}. Set a new value.`,
    identity: `${key} ${day}`,
  };
};

export const SUSPENDED_EVENT: SecretEventData = {
  reason: 'ReconcileSuspended',
  note: 'Another client reverts each correction of this Secret, so lockstep leaves it unchanged for an hour. kubectl get --show-managed-fields names the client.',
  identity: 'suspended',
};

/** The text for an event of the consumers of that Secret. */
export function rolloutEventText(secret: string, event: RolloutEvent): RolloutEventText {
  const of = `version ${event.version} of Secret ${secret}`;
  switch (event.kind) {
    case 'restarted':
      return { reason: 'ConsumerRestarted', note: `Restarted for ${of}.` };
    case 'finished':
      return {
        reason: 'RolloutComplete',
        note: `${event.workloads} ${event.workloads === 1 ? 'consumer has' : 'consumers have'} ${of}.`,
      };
    case 'stopped':
      return {
        reason: 'RolloutStopped',
        note: `${workloadId(event.workload)} ${event.reason}: no other consumer gets ${of} until it is healthy. lockstep rollback restores Secret and consumers.`,
      };
    case 'passed':
      return {
        reason: 'ConsumerNotRestarted',
        note: `${workloadId(event.workload)} ${event.reason}: it continues without ${of}.`,
      };
  }
}
