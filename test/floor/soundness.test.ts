import t from 'tap';
import { aCluster } from '../helpers/cluster/cluster.ts';
import { randomPolicies } from '../helpers/floor/random-policies.ts';
import { missingFindings, proveSoundness, sharesText } from '../helpers/floor/soundness.ts';

t.setTimeout(6 * 60 * 60 * 1000);

// The clusters write in turn: one seed for each.
for (const seed of [1, 2])
  t.test(`the floor alone refuses none of 10,000 writes that the engine accepts, seed ${seed}`, async (t) => {
    const soundness = await proveSoundness(await aCluster(t), 10_000, seed);
    t.same([...soundness.wrong, ...soundness.errors], []);
    t.ok(soundness.refused > 2500, `${soundness.refused} refused`);
    t.same(missingFindings(soundness), []);
    t.comment(sharesText(soundness));
  });

for (const seed of Array.from({ length: 20 }, (_, at) => 100 + at))
  t.test(
    `the floor of random policies refuses none of 500 writes that the engine accepts, seed ${seed}`,
    async (t) => {
      const soundness = await proveSoundness(await aCluster(t), 500, seed, randomPolicies(seed));
      t.same([...soundness.wrong, ...soundness.errors], []);
    },
  );
