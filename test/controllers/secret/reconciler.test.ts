import t from 'tap';
import { reconcileSecret } from '../../../src/controllers/secret/reconciler.ts';
import { permissionsFor } from '../../../src/engine/review/own-writes/permissions.ts';
import { hasSameData, type Rollout, stagePending } from '../../../src/engine/secret/record/record.ts';
import { healingChanges } from '../../../src/engine/versions/reconcile/repair.ts';
import { withDeps } from '../../helpers/controllers/reconciler-deps.ts';
import { aSecretWorld, Crash, textOf } from '../../helpers/controllers/secret-world.ts';
import {
  aSecret,
  builtins,
  GOOD,
  STORY,
  STORY_URL,
  testContext,
  withHeal,
} from '../../helpers/engine/engine.ts';
import { aCredential } from '../../helpers/login/postgres-credential.ts';
import { fc } from '../../helpers/property.ts';

const PLACE = { namespace: 'recon', name: 'reconciliation-secrets' };
const WHOLE = { ...STORY, DATABASE_URL: STORY_URL };
const DRIFTED = { ...WHOLE, POSTGRES_PASSWORD: GOOD.other };
const ALWAYS = withHeal('Always');
const HEALED_URL = STORY_URL.replace(GOOD.password, GOOD.other);

t.test('heal: Always corrects a derived key once, and keeps its version', async (t) => {
  const world = aSecretWorld({ policies: ALWAYS });
  world.write(aSecret(DRIFTED));
  t.same(await world.settle(), { kind: 'done' });
  t.equal(textOf(world.held()?.secret.data, 'DATABASE_URL'), HEALED_URL);
  t.equal(world.patches.length, 1);
  const versions = world.record()?.versions ?? [];
  t.match(
    versions.map(({ number, by, why, keys }) => ({ number, by, why, keys })),
    [
      { number: 1, by: 'kubectl-replace', why: { kind: 'seen' } },
      { number: 2, by: 'lockstep-controller', why: { kind: 'healed' }, keys: ['DATABASE_URL'] },
    ],
  );
  t.match(world.kubernetesEvents, [{ reason: 'SecretHealed', note: /DATABASE_URL: password now follows/ }]);
  await world.settle();
  t.equal(world.patches.length, 1, 'and then left');
});

t.test('--max-action Audit changes no Secret, restarts no consumer and makes no record', async (t) => {
  const world = aSecretWorld({ policies: ALWAYS, maxAction: 'Audit' });
  world.write(aSecret(DRIFTED));
  t.same(await world.settle(), { kind: 'done' });
  t.equal(world.patches.length, 0);
  t.equal(world.record(), undefined);
  t.match(world.audits[0]?.decision.findings, [{ rule: 'mismatch', action: 'Audit' }]);
});

t.test('a change of data is a version, and an update without one is not', async (t) => {
  const world = aSecretWorld();
  world.write(aSecret(WHOLE));
  await world.settle();
  world.edit('JWT_SECRET', GOOD.refresh.toLowerCase());
  await world.settle();
  world.write(aSecret({ ...WHOLE, JWT_SECRET: GOOD.refresh.toLowerCase() }));
  await world.settle();
  t.match(
    world.record()?.versions.map(({ number, by, why, keys }) => ({ number, by, why, keys })),
    [{ number: 1 }, { number: 2, by: 'kubectl-edit', why: { kind: 'changed' }, keys: ['JWT_SECRET'] }],
  );
  t.equal(world.record()?.versions.length, 2);
});

t.test('only the last versions are kept', async (t) => {
  const world = aSecretWorld({ history: 2 });
  world.write(aSecret(WHOLE));
  for (const letter of 'abcd') {
    await world.settle();
    world.edit('JWT_SECRET', GOOD.key.replace('p', letter));
  }
  await world.settle();
  t.same(
    world.record()?.versions.map(({ number }) => number),
    [4, 5],
  );
});

t.test('a Secret that no policy manages has no record', async (t) => {
  const policies = builtins.filter(({ name }) => name === 'no-placeholders');
  const judged = aSecretWorld({ policies });
  judged.write(aSecret({ PASSWORD: 'changeme' }));
  t.same(await judged.settle(), { kind: 'done' });
  t.equal(judged.record(), undefined);
  t.match(judged.audits[0]?.decision.findings, [{ rule: 'placeholder', key: 'PASSWORD' }]);
});

for (const [what, rest] of [
  ['immutable', { immutable: true }],
  ['owned', { controller: 'ExternalSecret/app' }],
] as const)
  t.test(`an ${what} Secret is validated, and never changed`, async (t) => {
    const world = aSecretWorld({ policies: ALWAYS });
    world.write(aSecret(DRIFTED, rest));
    await world.settle();
    t.equal(world.patches.length, 0);
    t.ok(world.audits.length > 0);
  });

t.test('a record outlives its Secret for thirty days, and continues when the Secret returns', async (t) => {
  const world = aSecretWorld();
  world.write(aSecret(WHOLE));
  await world.settle();
  world.remove();
  t.match(await world.step(), { kind: 'requeue' });
  t.ok(world.record()?.deletedAt);
  world.pass(29 * 24 * 3600 * 1000);
  await world.step();
  t.ok(world.record(), 'after 29 days');
  world.write(aSecret({ ...WHOLE, JWT_SECRET: GOOD.refresh.toUpperCase() }), 'kubectl-create');
  await world.settle();
  t.equal(world.record()?.deletedAt, undefined);
  t.same(
    world
      .record()
      ?.versions.map(({ number, keys }) => ({ number, keys }))
      .at(-1),
    { number: 2, keys: ['JWT_SECRET'] },
  );
  world.remove();
  await world.step();
  world.pass(31 * 24 * 3600 * 1000);
  t.same(await world.step(), { kind: 'done' });
  t.equal(world.record(), undefined, 'after 31 days');
});

t.test('an unreadable record is reported, and nothing is changed', async (t) => {
  const world = aSecretWorld({ policies: ALWAYS });
  world.write(aSecret(DRIFTED));
  const deps = withDeps(world.deps, {
    records: { read: async () => ({ kind: 'unreadable', reason: 'its index is no JSON' }) },
  });
  await reconcileSecret({ namespace: 'recon', name: 'reconciliation-secrets' }, deps);
  t.equal(world.patches.length, 0);
  t.match(world.kubernetesEvents, [{ reason: 'RecordUnreadable', note: /its index is no JSON/ }]);
});

for (const [what, texts, why, rest] of [
  ['what the policies deny', { ...WHOLE, JWT_SECRET: 'changeme' }, { kind: 'rolled-back', to: 1 }, {}],
  ['values that nobody may make here', { ...WHOLE, JWT_SECRET: GOOD.other }, { kind: 'generated' }, {}],
  ['what no command begins', { ...WHOLE, JWT_SECRET: GOOD.refresh.toLowerCase() }, { kind: 'changed' }, {}],
  ['a Secret of somebody else', WHOLE, { kind: 'rolled-back', to: 1 }, { controller: 'ExternalSecret/app' }],
] as const)
  t.test(`a forged record does not make the controller write ${what}`, async (t) => {
    const restart = builtins.map((policy) => ({ ...policy, restart: true }));
    const world = aSecretWorld({ policies: restart });
    world.write(aSecret({ ...WHOLE, OTHER: 'x' }, rest));
    await world.settle();
    const found = await world.deps.records.read(PLACE);
    if (found.kind !== 'read') throw new Error('it has a record');
    const written = { time: world.deps.context.now(), by: 'lockstep', why };
    const forged = stagePending(found.record, aSecret(texts).data, written, world.held()?.resourceVersion);
    await world.deps.records.write(PLACE, forged, found.resourceVersion);
    await world.settle();
    t.equal(world.patches.length, 0);
  });

t.test(
  'a rollout ends when no policy asks for restart, and workloads are read only if one does',
  async (t) => {
    const healed = aSecretWorld({ policies: ALWAYS });
    const restarting = aSecretWorld({ policies: builtins.map((policy) => ({ ...policy, restart: true })) });
    const stuck = async (_: unknown, rollout: Rollout) => ({ rollout, requeueAfter: 1000 });
    restarting.write(aSecret(WHOLE));
    await restarting.settle();
    restarting.edit('JWT_SECRET', GOOD.refresh.toLowerCase());
    await reconcileSecret(PLACE, withDeps(restarting.deps, { workloads: { advanceRollout: stuck } }));
    t.ok(restarting.record()?.rollout);
    await reconcileSecret(
      PLACE,
      withDeps(restarting.deps, { policies: { current: healed.deps.policies.current } }),
    );
    t.equal(restarting.record()?.rollout, undefined);

    const unread = async () => {
      throw new Error('nobody has given that right');
    };
    healed.write(aSecret(DRIFTED));
    await reconcileSecret(
      PLACE,
      withDeps(healed.deps, { workloads: { highestVersion: unread, advanceRollout: unread } }),
    );
    t.equal(healed.patches.length, 1);
  },
);

/** Events that can happen before or after any call. */
const event = fc.oneof(
  { weight: 12, arbitrary: fc.constant({ kind: 'nothing' } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'crash' } as const) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('edit' as const),
      key: fc.constantFrom('POSTGRES_PASSWORD', 'JWT_SECRET', 'POSTGRES_HOST', 'NOTE'),
      text: fc.constantFrom('db.internal', GOOD.password, GOOD.other, GOOD.refresh, GOOD.key),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'drift' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'record lost' } as const) },
);

t.test(
  'after any writes and crashes the Secret reaches its desired state, and no write of a user is lost',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
        const left = [...events];
        const wanted = new Map<string, string>();
        const world = aSecretWorld({
          policies: ALWAYS,
          meanwhile: () => {
            const now = left.shift();
            if (now?.kind === 'crash') throw new Crash();
            if (now?.kind === 'edit') {
              world.edit(now.key, now.text);
              wanted.set(now.key, now.text);
            }
            if (now?.kind === 'drift') world.edit('DATABASE_URL', STORY_URL.replace('recon:', 'other:'));
            if (now?.kind === 'record lost') world.loseRecord();
          },
        });
        world.write(aSecret(DRIFTED));
        while (left.length > 0) await world.settle();
        await world.settle();

        const { secret } = world.held() ?? { secret: aSecret({}) };
        for (const [key, text] of wanted)
          if (textOf(secret.data, key) !== text) throw new Error(`the write of ${key} was lost`);
        const permissions = permissionsFor(secret, undefined, ALWAYS, testContext);
        if (healingChanges(permissions, undefined, world.deps.context).length > 0)
          throw new Error('it still drifts');
        const record = world.record();
        if (record === undefined || record.pending !== undefined) throw new Error('something is unfinished');
        if (!hasSameData(record.versions.at(-1)?.data, secret.data)) throw new Error('the record is behind');
        const numbers = record.versions.map(({ number }) => number);
        if (numbers.some((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0)))
          throw new Error('the numbers do not rise');
        for (const { before, after } of world.patches)
          if (hasSameData(before, after)) throw new Error('a write changed nothing');
      }),
      { numRuns: 1000 },
    );
  },
);

t.test(
  'a Secret that kustomize gave a hash is named in the condition of its PostgresCredential',
  async (t) => {
    const generated = `${PLACE.name}-9b7bht2f7m`;
    const enqueued: string[] = [];
    const world = aSecretWorld({
      logins: () => ({
        secretNamesIn: (namespace) => (namespace === PLACE.namespace ? [generated] : []),
        credentials: {
          forSecret: ({ name }, system) =>
            name === PLACE.name && system === undefined ? aCredential() : undefined,
        },
        enqueue: ({ name }) => enqueued.push(name),
      }),
    });
    await world.settle();
    const [status] = world.events.filter(({ kind }) => kind === 'credential-status');
    t.match(status, {
      report: { conditions: [{ reason: 'SecretNotFound', message: RegExp(`kustomize made ${generated}`) }] },
    });
    t.same(enqueued, []);
    await reconcileSecret({ ...PLACE, name: generated }, world.deps);
    t.same(enqueued, [PLACE.name], 'the condition follows the Secret that appears or disappears');
  },
);
