import t from 'tap';
import type { Policy } from '../../../src/engine/policy/policy.ts';
import { withDeps } from '../../helpers/controllers/reconciler-deps.ts';
import { aSecretWorld, Crash, textOf } from '../../helpers/controllers/secret-world.ts';
import { aPolicy, aSecret, GOOD, STORY, STORY_URL, withHeal } from '../../helpers/engine/engine.ts';
import { fc } from '../../helpers/property.ts';

const WHOLE = { ...STORY, DATABASE_URL: STORY_URL };
const LEFT_OVER = { ...WHOLE, POSTGRES_PASSWORD: GOOD.other };
const OTHER_URL = STORY_URL.replace(GOOD.password, GOOD.other);
const DRIFT = withHeal('Drift');

const urlOf = (world: ReturnType<typeof aSecretWorld>) => textOf(world.held()?.secret.data, 'DATABASE_URL');

/** A Secret that agreed when the controller saw it, under these policies. */
async function aSeenWorld(policies: readonly Policy[] = DRIFT, options = {}) {
  const world = aSecretWorld({ policies, ...options });
  world.write(aSecret(WHOLE));
  await world.settle();
  return world;
}

t.test(
  'a mismatch at first sight is reported and not corrected, under the built-in policies too',
  async (t) => {
    for (const world of [aSecretWorld(), aSecretWorld({ policies: DRIFT })]) {
      world.write(aSecret(LEFT_OVER));
      await world.settle();
      await world.settle();
      t.equal(world.patches.length, 0);
      t.equal(urlOf(world), STORY_URL);
      t.match(world.audits.at(-1)?.decision.findings, [{ rule: 'mismatch', key: 'DATABASE_URL' }]);
      t.notMatch(world.kubernetesEvents, [{ reason: 'SecretHealed' }]);
    }
  },
);

t.test('drift is corrected, and is not a finding', async (t) => {
  const world = await aSeenWorld();
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  await world.settle();
  t.equal(urlOf(world), OTHER_URL);
  t.same(world.audits.at(-1)?.decision.findings, []);
  t.match(world.kubernetesEvents.at(-1), { reason: 'SecretHealed' });
});

t.test('a derived key that was removed comes back, and one that was never there does not', async (t) => {
  const world = await aSeenWorld();
  world.edit('DATABASE_URL', undefined);
  await world.settle();
  t.equal(urlOf(world), STORY_URL);

  const bare = aSecretWorld({ policies: DRIFT });
  bare.write(aSecret(STORY));
  await bare.settle();
  bare.edit('POSTGRES_PASSWORD', GOOD.other);
  await bare.settle();
  t.equal(bare.patches.length, 0);
  t.match(bare.audits.at(-1)?.decision.findings, [{ rule: 'required', key: 'DATABASE_URL' }]);
});

t.test('replacing a placeholder is no drift of the URL, which never agreed with it', async (t) => {
  const world = aSecretWorld({ policies: DRIFT });
  world.write(aSecret({ ...WHOLE, POSTGRES_PASSWORD: 'CHANGE_ME' }));
  await world.settle();
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  await world.settle();
  t.equal(world.patches.length, 0);
  t.equal(urlOf(world), STORY_URL);
});

t.test('a changed policy causes no drift, nor does a change under an earlier policy', async (t) => {
  const template = (text: string) =>
    aPolicy('app', { heal: 'Drift', keys: { BASE: {}, URL: { derive: { template: text } } } });
  const before = aSecretWorld({ policies: [template('one-${BASE}')] });
  before.write(aSecret({ BASE: 'x', URL: 'one-x' }));
  await before.settle();
  const after = aSecretWorld({ policies: [template('two-${BASE}')] });
  const under = withDeps(before.deps, { policies: { current: after.deps.policies.current } });
  await before.settle(100, under);
  before.edit('BASE', 'y');
  await before.settle(100, under);
  t.equal(before.patches.length, 0);
  t.equal(textOf(before.held()?.secret.data, 'URL'), 'one-x');
});

t.test('another alias of a base key in the policy is a changed policy', async (t) => {
  const policy = (aliases: readonly string[]) =>
    aPolicy('app', {
      heal: 'Drift',
      keys: {
        BASE: aliases.length === 0 ? {} : { aliases },
        URL: { derive: { template: 'x-${BASE:-none}' } },
      },
    });
  const world = aSecretWorld({ policies: [policy(['BASIS'])] });
  world.write(aSecret({ BASIS: 'a', URL: 'x-a', OTHER: 'b' }));
  await world.settle();
  const other = aSecretWorld({ policies: [policy(['OTHER'])] });
  world.edit('OTHER', 'c');
  await world.settle(100, withDeps(world.deps, { policies: { current: other.deps.policies.current } }));
  t.equal(world.patches.length, 0);
});

t.test('a change under heal: Off is no drift after heal: Drift returns', async (t) => {
  for (const policies of [withHeal('Off'), withHeal('Off').map((one) => ({ ...one, restart: true }))]) {
    const world = await aSeenWorld();
    const off = aSecretWorld({ policies });
    world.edit('POSTGRES_PASSWORD', GOOD.other);
    await world.settle(100, withDeps(world.deps, { policies: { current: off.deps.policies.current } }));
    await world.settle();
    t.equal(world.patches.length, 0);
    t.equal(urlOf(world), STORY_URL);
  }
});

t.test('a change under --max-action Warn is reported, and is no drift afterwards', async (t) => {
  const world = await aSeenWorld(DRIFT);
  const warned = withDeps(world.deps, { context: { maxAction: 'Warn' } });
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  await world.settle(100, warned);
  t.match(world.record()?.versions.at(-1), { number: 2, why: { kind: 'changed' } });
  await world.settle();
  t.equal(world.patches.length, 0);
});

t.test('a value that a rollback restored is no drift', async (t) => {
  const world = await aSeenWorld();
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  world.note((record) => ({
    ...record,
    versions: [
      ...record.versions,
      {
        number: 2,
        time: world.deps.context.now(),
        by: 'lockstep',
        why: { kind: 'rolled-back', to: 1 },
        keys: ['POSTGRES_PASSWORD'],
        data: aSecret(LEFT_OVER).data,
      },
    ],
  }));
  await world.settle();
  t.equal(world.patches.length, 0);
  t.equal(urlOf(world), STORY_URL);
});

t.test('a Secret that is deleted and created again is seen for the first time', async (t) => {
  const world = await aSeenWorld();
  world.remove();
  await world.step();
  world.write(aSecret(LEFT_OVER), 'kubectl-create');
  await world.settle();
  t.equal(world.patches.length, 0);
});

t.test('values that a newer lockstep validates otherwise have not drifted', async (t) => {
  const world = aSecretWorld({ policies: DRIFT });
  world.write(aSecret(LEFT_OVER));
  await world.settle();
  const seen = await aSeenWorld();
  // As if the previous lockstep version had found that these values agree.
  world.note((record) => ({ ...record, inSyncKeys: seen.record()?.inSyncKeys ?? new Map() }));
  await world.settle();
  t.equal(world.patches.length, 0);
});

t.test('a forged record writes nothing that the policy would not write', async (t) => {
  const seen = await aSeenWorld();
  const forged = new Map(
    [...(seen.record()?.inSyncKeys ?? [])].map(([key, one]) => [key, { ...one, version: 0 }]),
  );
  t.equal(forged.size, 1);
  const note = (world: ReturnType<typeof aSecretWorld>) =>
    world.note((record) => ({
      ...record,
      inSyncKeys: forged,
      versions: record.versions.map((version) => ({ ...version, why: { kind: 'changed' } as const })),
      pending: {
        number: 2,
        time: world.deps.context.now(),
        by: 'lockstep-controller',
        why: { kind: 'healed' },
        keys: ['DATABASE_URL', 'JWT_SECRET'],
        data: aSecret({
          ...LEFT_OVER,
          DATABASE_URL: STORY_URL.replace('postgres-service', 'evil'),
          JWT_SECRET: GOOD.refresh,
        }).data,
        baseResourceVersion: world.held()?.resourceVersion,
      },
    }));
  const off = aSecretWorld({ policies: withHeal('Off').map((one) => ({ ...one, restart: true })) });
  off.write(aSecret(LEFT_OVER));
  await off.settle();
  note(off);
  await off.settle();
  t.equal(off.patches.length, 0, 'Off stays Off');
  const drift = aSecretWorld({ policies: DRIFT });
  drift.write(aSecret(LEFT_OVER));
  await drift.settle();
  note(drift);
  await drift.settle();
  t.equal(urlOf(drift), OTHER_URL, 'at most what Always would write');
  t.equal(textOf(drift.held()?.secret.data, 'JWT_SECRET'), GOOD.key);
});

t.test('a pending heal is written once after a crash', async (t) => {
  let left = Number.POSITIVE_INFINITY;
  const world = await aSeenWorld(DRIFT, {
    meanwhile: () => {
      left -= 1;
      if (left === 0) throw new Crash();
    },
  });
  for (let calls = 1; calls < 20; calls += 1) {
    world.write(aSecret(WHOLE));
    left = Number.POSITIVE_INFINITY;
    await world.settle();
    const before = world.patches.length;
    world.edit('POSTGRES_PASSWORD', GOOD.other);
    left = calls;
    await world.settle();
    t.equal(urlOf(world), OTHER_URL);
    t.equal(world.patches.length - before, 1);
    t.equal(world.record()?.pending, undefined);
  }
});

t.test('only keys that agreed before are written, whatever is edited', async () => {
  const key = fc.constantFrom('POSTGRES_PASSWORD', 'POSTGRES_USER', 'DATABASE_URL', 'NOTE');
  const text = fc.constantFrom(undefined, 'app', GOOD.password, GOOD.other, STORY_URL, OTHER_URL);
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(fc.tuple(key, text), { maxLength: 12 }),
      async (agrees, edits) => {
        const world = aSecretWorld({ policies: DRIFT });
        world.write(aSecret(agrees ? WHOLE : LEFT_OVER));
        await world.settle();
        let isSeenToAgree = agrees;
        for (const [name, value] of edits) {
          const patches = world.patches.length;
          world.edit(name, value);
          await world.settle();
          if (world.patches.length > patches && !isSeenToAgree)
            throw new Error('nobody has seen it to agree');
          const findings = world.audits.at(-1)?.decision.findings ?? [];
          if (urlOf(world) !== undefined && !findings.some((one) => one.key === 'DATABASE_URL'))
            isSeenToAgree = true;
        }
      },
    ),
    { numRuns: 300 },
  );
});
