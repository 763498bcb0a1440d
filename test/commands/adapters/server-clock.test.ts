import t from 'tap';
import { withServerClock } from '../../../src/commands/adapters/server-clock.ts';
import type { Cluster } from '../../../src/kube/client/connect.ts';

const NOON = Date.parse('2026-11-25T12:00:00Z');

for (const [what, ahead, shown] of [
  ['that is right', 700, 700],
  ['that is an hour ahead', 3_600_000, 0],
  ['that is an hour behind', -3_600_000, 0],
] as const)
  t.test(`uses the time of the API server on a machine with a clock ${what}`, async (t) => {
    const cluster: Cluster = {
      server: 'https://127.0.0.1',
      call: async () => ({ object: {}, date: new Date(NOON), warnings: [] }),
      open: async () => {
        throw new Error('nobody asks');
      },
    };
    const timed = withServerClock(cluster, () => new Date(NOON + ahead));
    t.equal(timed.now().getTime(), NOON + ahead, 'until it has heard anything');
    await timed.cluster.call({ path: '/version' });
    t.equal(timed.now().getTime(), NOON + shown);
  });
