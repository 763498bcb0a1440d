import t from 'tap';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { randomPolicies } from '../../helpers/floor/random-policies.ts';
import { missingFindings, proveSoundness, sharesText, WHOLE_RULES } from '../../helpers/floor/soundness.ts';

t.setTimeout(20 * 60 * 1000);

// `npm run test:floor` writes more.
t.test(
  'the floor alone refuses no write that the engine accepts, and has each finding about presence and form',
  async (t) => {
    const soundness = await proveSoundness(await aCluster(t), 1500, 20261128);
    t.same([...soundness.wrong, ...soundness.errors], []);
    t.ok(soundness.refused > 400, `${soundness.refused} refused`);
    t.same(missingFindings(soundness), []);
    for (const rule of WHOLE_RULES) t.ok(soundness.shares.get(rule)!.all > 0, `${rule} occurs`);
    t.comment(sharesText(soundness));
  },
);

for (const seed of [1, 2, 3])
  t.test(`the floor of random policies refuses no write that the engine accepts, seed ${seed}`, async (t) => {
    const soundness = await proveSoundness(await aCluster(t), 250, seed, randomPolicies(seed));
    t.same([...soundness.wrong, ...soundness.errors], []);
    t.ok(soundness.refused > 10, `${soundness.refused} refused`);
  });
