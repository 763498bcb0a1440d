import t from 'tap';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { proveSoundness } from '../../helpers/floor/soundness.ts';

t.setTimeout(20 * 60 * 1000);

// `npm run test:floor` writes 20,000 Secrets.
t.test('the floor alone refuses no write that the engine accepts', async (t) => {
  const { wrong, refused, caught } = await proveSoundness(await aCluster(t), 1500, 20261128);
  t.same(wrong, []);
  t.ok(refused > 400, `${refused} refused`);
  // The rest has quotes or a line break around the value, or may be decided by another policy.
  for (const rule of ['min-length', 'distinct', 'removed', 'enum', 'prefix', 'max-length']) {
    const { all, caught: some } = caught.get(rule) ?? { all: 0, caught: 0 };
    t.ok(some >= all * 0.8, `${rule}: ${some} of ${all}`);
  }
});
