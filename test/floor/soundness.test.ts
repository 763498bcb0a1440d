import t from 'tap';
import { aCluster } from '../helpers/cluster/cluster.ts';
import { proveSoundness } from '../helpers/floor/soundness.ts';

t.setTimeout(6 * 60 * 60 * 1000);

// The clusters write in turn: one seed for each.
for (const seed of [1, 2])
  t.test(`the floor alone refuses none of 10,000 writes that the engine accepts, seed ${seed}`, async (t) => {
    const { wrong, refused, caught } = await proveSoundness(await aCluster(t), 10_000, seed);
    t.same(wrong, []);
    t.ok(refused > 2500, `${refused} refused`);
    t.comment([...caught].map(([rule, { caught: some, all }]) => `${rule} ${some}/${all}`).join(', '));
  });
