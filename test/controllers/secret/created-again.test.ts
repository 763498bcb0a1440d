import t from 'tap';
import { aSecretWorld } from '../../helpers/controllers/secret-world.ts';
import { aSecret, GOOD, STORY, STORY_URL, withHeal } from '../../helpers/engine/engine.ts';

const WHOLE = { ...STORY, DATABASE_URL: STORY_URL };

const OTHER = `${GOOD.other}${GOOD.password}`;

const reportedBy = (world: ReturnType<typeof aSecretWorld>): readonly string[] =>
  (world.audits.at(-1)?.decision.findings ?? [])
    .filter(({ rule }) => rule === 'changed-again' || rule === 'replaced')
    .map(({ action, rule, key }) => `${action} ${rule} ${key}`);

async function aSeenWorld(options: Parameters<typeof aSecretWorld>[0] = {}) {
  const world = aSecretWorld({ policies: withHeal('Drift'), ...options });
  world.write(aSecret(WHOLE));
  await world.settle();
  return world;
}

t.test('three new values by one writer are reported at the third', async (t) => {
  const world = await aSeenWorld();
  for (const [count, expected] of [[], [], ['Warn changed-again JWT_SECRET']].entries()) {
    world.edit('JWT_SECRET', `${GOOD.other}${GOOD.key}${count}`, 'helm');
    await world.settle();
    t.same(reportedBy(world), expected);
  }
});

for (const isSeenInBetween of [true, false])
  t.test(
    `a Secret that was created again is reported, ${isSeenInBetween ? 'seen' : 'not seen'} while it was gone`,
    async (t) => {
      const world = await aSeenWorld();
      const again = async (value: string) => {
        world.remove();
        if (isSeenInBetween) await world.step();
        world.write(aSecret({ ...WHOLE, PASSWORD_MASTER_KEY: value }), 'helm');
        await world.settle();
      };
      await again(OTHER);
      t.same(reportedBy(world), ['Warn replaced PASSWORD_MASTER_KEY']);
      const [finding] = world.audits.at(-1)?.decision.findings ?? [];
      t.match(finding?.fix, /run lockstep rollback recon\/reconciliation-secrets --to 1$/);
      await again(`${OTHER}x`);
      t.match(world.audits.at(-1)?.decision.findings, [{ rule: 'replaced', fix: /--to 1$/ }]);
      t.same(reportedBy(world).length, 1);
      await again(WHOLE.PASSWORD_MASTER_KEY);
      t.same(reportedBy(world), []);
      t.equal(world.patches.length, 0, 'a person decides');
    },
  );

t.test('nothing is written under --max-action Warn, and Audit keeps no versions', async (t) => {
  for (const [maxAction, expected] of [
    ['Warn', ['Warn replaced PASSWORD_MASTER_KEY']],
    ['Audit', []],
  ] as const) {
    const world = await aSeenWorld({ maxAction });
    world.remove();
    world.write(aSecret({ ...WHOLE, PASSWORD_MASTER_KEY: OTHER }), 'helm');
    await world.settle();
    t.same(reportedBy(world), expected);
    t.equal(world.patches.length, 0);
  }
});
