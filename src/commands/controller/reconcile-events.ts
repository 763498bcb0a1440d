import type { News } from '../../controllers/record/observed-secret.ts';
import type { RolloutNews } from '../../controllers/secret/rollout.ts';
import { idOf } from '../../engine/rollout/consumers.ts';
import type { Overdue } from '../../engine/rotation/overdue.ts';

/** What is said of it: names only. */
type Said = Pick<News, 'reason' | 'note'>;

export const tooOld = ({ key, policy, since }: Overdue): News => {
  const day = since.toISOString().slice(0, 10);
  return {
    reason: 'KeyOverdue',
    note: `data[${key}]: is older than policy ${policy} allows, since ${day}: set a new value`,
    identity: `${key} ${day}`,
  };
};

export const SUSPENDED: News = {
  reason: 'ReconcileSuspended',
  note: 'Something writes this Secret back each time that lockstep puts it right: it is left alone for an hour. --show-managed-fields of kubectl get tells who writes.',
  identity: 'suspended',
};

/** Of the consumers of that Secret. */
export function sentenceOf(secret: string, news: RolloutNews): Said {
  const of = `version ${news.version} of Secret ${secret}`;
  switch (news.kind) {
    case 'restarted':
      return { reason: 'ConsumerRestarted', note: `Restarted for ${of}.` };
    case 'finished':
      return {
        reason: 'RolloutComplete',
        note: `${news.workloads} ${news.workloads === 1 ? 'consumer was' : 'consumers were'} brought to ${of}.`,
      };
    case 'stopped':
      return {
        reason: 'RolloutStopped',
        note: `${idOf(news.workload)} ${news.reason}: no other consumer is brought to ${of} until it is healthy; lockstep rollback puts Secret and consumers back.`,
      };
    case 'passed':
      return {
        reason: 'ConsumerNotRestarted',
        note: `${idOf(news.workload)} ${news.reason}: it goes on without ${of}.`,
      };
  }
}
