import t from 'tap';
import { hasSameData } from '../../../src/engine/secret/record/record.ts';
import { previousVersion } from '../../../src/engine/versions/rollback/previous-version.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { Crash, textOf } from '../../helpers/controllers/secret-world.ts';
import { GOOD, STORY_URL } from '../../helpers/engine/engine.ts';
import { APP, aLoginWorld } from '../../helpers/login/login-world.ts';
import { fc } from '../../helpers/property.ts';

const urlOf = (world: ReturnType<typeof aLoginWorld>): string | undefined =>
  textOf(world.held()?.secret.data, 'DATABASE_URL');

t.test('a login that opens the server is synced, and nothing is changed', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  t.equal(world.patches.length, 0);
  t.match(world.record()?.login, { current: { role: APP }, change: undefined, diverged: undefined });
  t.match(world.reported.at(-1)?.conditions, [
    { type: 'Ready', status: 'True' },
    { type: 'Synced', status: 'True' },
    {},
  ]);
});

t.test('the end of a change names the consumers that still have the password from before', async (t) => {
  const paused = 'Deployment/api: it is paused; kubectl rollout resume restarts it';
  const named = async (outdated: () => Promise<readonly string[]>, restart = true) => {
    const world = aLoginWorld({ spec: { consumers: { restart, timeout: 600_000 } } });
    await world.rest();
    world.override({ workloads: { outdated } });
    world.wish({ kind: 'rotate' });
    await world.rest();
    const { note } = world.kubernetesEvents.find(({ reason }) => reason === 'PasswordChangeComplete') ?? {};
    return note;
  };
  t.equal(await named(async () => []), 'Secret, server and consumers have the password.');
  t.match(
    await named(async () => [paused]),
    /not all consumers are rolled out\. Deployment\/api: it is paused/,
  );
  const unread = async () => {
    throw new LockstepError('WORKLOADS_FORBIDDEN', ['list pods', '']);
  };
  t.equal(await named(unread), 'Secret and server have the password.');
  t.equal(
    await named(async () => [], false),
    'Secret and server have the password.',
    'lockstep restarts none',
  );
});

for (const [strategy, admin] of [
  ['SingleUser', true],
  ['SingleUser', false],
  ['AlternatingUsers', true],
] as const) {
  const how = `${strategy}, ${admin ? 'by an administrator' : 'by the role itself'}`;

  t.test(`a change request sets a new password on the server and in the Secret: ${how}`, async (t) => {
    const world = aLoginWorld({ strategy, admin });
    await world.rest();
    world.wish({ kind: 'rotate' });
    await world.rest();
    t.ok(world.isOpen());
    const { role, password } = world.written();
    t.equal(role, strategy === 'SingleUser' ? APP : `${APP}_alt`);
    t.notOk(password.withPlaintext(({ text }) => text === GOOD.password));
    t.match(
      urlOf(world),
      password.withPlaintext(({ text }) => `//${role}:${text}@`),
    );
    t.equal(world.patches.length, 1);
    t.match(world.record()?.versions.at(-1)?.why, { kind: 'login', cause: 'requested' });
    t.match(
      [...world.server.values()].map(({ mark }) => mark),
      [undefined],
      'no mark is left',
    );
    if (strategy === 'AlternatingUsers')
      t.equal(world.server.get(APP)?.password, undefined, 'the one before is retired');
    t.match(world.rollouts, [2]);
  });

  t.test(`an edit of the password is applied to the server: ${how}`, async (t) => {
    const world = aLoginWorld({ strategy, admin });
    await world.rest();
    world.edit('POSTGRES_PASSWORD', GOOD.other);
    await world.rest();
    t.ok(world.isOpen());
    t.ok(world.written().password.withPlaintext(({ text }) => text === GOOD.other));
    t.match(urlOf(world), `:${GOOD.other}@`);
    t.match(world.record()?.login, { change: undefined, diverged: undefined, failed: undefined });
  });

  t.test(`an edit that the server refuses is rolled back: ${how}`, async (t) => {
    const world = aLoginWorld({ strategy, admin });
    await world.rest();
    world.refuse();
    world.edit('POSTGRES_PASSWORD', GOOD.other);
    await world.rest();
    t.ok(world.isOpen());
    t.match(urlOf(world), `:${GOOD.password}@`);
    t.ok(
      world.kubernetesEvents.some(({ reason }) => reason === 'PasswordChangeRolledBack'),
      'and an Event says so',
    );
    t.match(world.record()?.login?.failed, { undone: true });
  });
}

t.test('a record that can not be saved is saved at once in the next attempt', async (t) => {
  const world = aLoginWorld();
  const { write } = world.deps.records;
  let conflicts = 1;
  world.override({
    records: {
      write: async (ref, record, version) => {
        if (record.login !== undefined && conflicts-- > 0)
          throw new LockstepError('CLUSTER_CONFLICT', ['saving']);
        return write(ref, record, version);
      },
    },
  });
  await world.settle();
  t.match(world.record()?.login, { current: { role: APP } }, 'the first check of a login');
  await world.rest();
  conflicts = 1;
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  await world.settle();
  t.equal(world.server.get(APP)?.password, GOOD.other, 'an edit');
});

t.test('a restore from a backup is no change request', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.edit('POSTGRES_PASSWORD', GOOD.other, 'velero-server');
  await world.rest();
  t.match(world.record()?.login?.diverged?.reason, /was restored from a backup/);
  t.equal(world.server.get(APP)?.password, GOOD.password);
  world.wish({ kind: 'from-secret' });
  await world.rest();
  t.equal(world.server.get(APP)?.password, GOOD.other);
  t.equal(world.record()?.login?.diverged, undefined);
});

t.test('no login is sent to the server in the Secret if the PostgresCredential names one', async (t) => {
  const world = aLoginWorld();
  const hosts = new Set<string>();
  const { tryLogin, openServer } = world.deps.databases;
  world.override({
    databases: {
      tryLogin: (...args) => {
        hosts.add(args[0].host);
        return tryLogin(...args);
      },
      openServer: (...args) => {
        hosts.add(args[0].host);
        return openServer(...args);
      },
    },
  });
  await world.rest();
  world.edit('POSTGRES_HOST', 'db.evil.example');
  world.edit('DATABASE_URL', STORY_URL.replace('postgres-service', 'db.evil.example'));
  world.pass(400_000);
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.same([...hosts], ['postgres-service.recon.svc']);
  t.match(world.reported.at(-1)?.conditions[0], { status: 'True' });
});

t.test('an administrator changes no role for which the Secret has not logged in before', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.server.set('postgres', world.aRole('of the superuser'));
  for (const kind of ['from-secret', 'rotate'] as const) {
    world.edit('POSTGRES_USER', 'postgres');
    world.edit('POSTGRES_PASSWORD', GOOD.other);
    world.wish({ kind });
    await world.rest();
    t.equal(world.server.get('postgres')?.password, 'of the superuser', kind);
  }
});

t.test('a rollback that the server refuses does not change the other values', async (t) => {
  for (const strategy of ['SingleUser', 'AlternatingUsers'] as const) {
    const world = aLoginWorld({ strategy });
    await world.rest();
    for (const note of ['one', 'two', 'three']) {
      world.edit('NOTE', note);
      world.wish({ kind: 'rotate' });
      await world.rest();
    }
    world.edit('NOTE', 'four');
    await world.rest();
    const before = world.held()?.secret.data;
    world.wish({ kind: 'rollback', to: 5 });
    // It takes a password, and lets nobody in by it.
    world.deaf(1);
    await world.rest();
    t.ok(hasSameData(before, world.held()?.secret.data ?? new Map()), strategy);
    t.ok(world.isOpen());
    t.match(world.record()?.login, { failed: { undone: true }, diverged: undefined });

    world.wish({ kind: 'rollback', to: 5 });
    world.failAt((world.record()?.versions.at(-1)?.number ?? 0) + 1);
    await world.rest();
    t.equal(textOf(world.held()?.secret.data, 'NOTE'), 'four', 'nor one whose readers do not come up');
    t.ok(world.isOpen());
  }
});

const EACH_MINUTE = { schedule: { schedule: '* * * * *', timeZone: undefined, window: undefined } };

t.test('the schedule changes the password, and a server that is away gets few attempts', async (t) => {
  const world = aLoginWorld({ spec: EACH_MINUTE });
  await world.settle();
  t.equal(world.record()?.login?.change, undefined);
  world.pass(60_000);
  await world.settle();
  world.pass(400_000);
  await world.settle();
  t.match(world.record()?.versions.at(-1)?.why, { kind: 'login', cause: 'schedule' });
  world.pass(60_000);
  world.trouble('away');
  t.match(await world.settle(), { kind: 'requeue', requeueAfter: 1000 });
  world.alter(APP, GOOD.other);
  world.pass(400_000);
  t.match(
    await world.settle(),
    { kind: 'requeue', requeueAfter: 300_000 },
    'nor one whose password somebody else has changed',
  );
});

const COPIED = { labels: { 'reconcile.external-secrets.io/managed': 'true' } };

t.test(
  'the server gets the password of a Secret that is a copy, and the copy is never written',
  async (t) => {
    const world = aLoginWorld({
      ...COPIED,
      spec: EACH_MINUTE,
    });
    await world.rest();
    world.edit('POSTGRES_PASSWORD', GOOD.other, 'external-secrets');
    await world.rest();
    t.ok(world.isOpen());
    t.equal(world.server.get(APP)?.password, GOOD.other);
    world.wish({ kind: 'rotate' });
    await world.rest();
    t.match(world.record()?.login?.failed?.reason, /changed where that takes it from/);
    t.equal(world.server.get(APP)?.password, GOOD.other);
    world.refuse();
    world.edit('POSTGRES_PASSWORD', GOOD.password, 'external-secrets');
    await world.rest();
    t.match(world.record()?.login, {
      current: { role: APP },
      diverged: { reason: /changed where that takes it from/ },
    });
    t.equal(world.server.get(APP)?.password, GOOD.other);
    t.equal(world.patches.length, 0);
  },
);

t.test('a Secret that a database operator manages is not changed', async (t) => {
  const world = aLoginWorld({ labels: { 'cnpg.io/cluster': 'shop' } });
  await world.rest();
  t.match(world.reported.at(-1)?.conditions[0], {
    status: 'False',
    reason: 'ManagedByOther',
    message: /CloudNativePG/,
  });
  world.edit('POSTGRES_PASSWORD', GOOD.other, 'cnpg');
  await world.rest();
  t.equal(world.server.get(APP)?.password, GOOD.password);
});

t.test('a foreign change of the role on the server is not overwritten', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.alter(APP, GOOD.other);
  world.pass(400_000);
  await world.rest();
  t.match(world.record()?.login?.diverged?.reason, /The Secret has not changed/);
  t.equal(world.server.get(APP)?.password, GOOD.other);
  t.equal(world.patches.length, 0);
  world.alter(APP, GOOD.password);
  world.pass(400_000);
  await world.rest();
  t.equal(world.record()?.login?.diverged, undefined, 'and when they agree again all is well');
});

t.test('a server that a failover has reset gets the password again', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  world.alter(APP, GOOD.password);
  world.failOver();
  world.pass(400_000);
  await world.rest();
  t.ok(world.isOpen());
  t.equal(world.patches.length, 1, 'the Secret stays as it was');
});

t.test('a rollback to a version changes the Secret and the server', async (t) => {
  for (const strategy of ['SingleUser', 'AlternatingUsers'] as const) {
    const world = aLoginWorld({ strategy });
    await world.rest();
    world.wish({ kind: 'rotate' });
    await world.rest();
    world.edit('NOTE', 'of another version');
    await world.rest();
    world.wish({ kind: 'rollback', to: 1 });
    await world.rest();
    t.ok(world.isOpen());
    t.ok(world.written().password.withPlaintext(({ text }) => text === GOOD.password));
    t.equal(textOf(world.held()?.secret.data, 'NOTE'), undefined);
    t.match(world.record()?.versions.at(-1)?.why, { kind: 'rolled-back', to: 1 });
  }
});

t.test('while Secret and server differ, the change request counts, and not the Secret', async (t) => {
  for (const strategy of ['SingleUser', 'AlternatingUsers'] as const)
    for (const wish of [{ kind: 'rollback', to: 1 }, { kind: 'rotate' }] as const) {
      const world = aLoginWorld({ strategy });
      await world.rest();
      world.edit('POSTGRES_PASSWORD', GOOD.other, 'velero-server');
      await world.rest();
      t.ok(world.record()?.login?.diverged, 'what a backup brought is no wish');
      world.wish(wish);
      await world.rest();
      t.ok(world.isOpen(), `${strategy} ${wish.kind}`);
      t.match(world.record()?.login, { change: undefined, diverged: undefined, failed: undefined });
      const isAsBefore = world.written().password.withPlaintext(({ text }) => text === GOOD.password);
      t.equal(isAsBefore, wish.kind === 'rollback');
      t.notOk(world.written().password.withPlaintext(({ text }) => text === GOOD.other));
    }
});

for (const strategy of ['SingleUser', 'AlternatingUsers'] as const)
  t.test(
    `a password change rolls back automatically if the consumers do not start: ${strategy}`,
    async (t) => {
      const world = aLoginWorld({ strategy });
      await world.rest();
      const before = world.held()?.secret.data;
      world.wish({ kind: 'rotate' });
      world.failAt(2);
      await world.rest();
      t.ok(world.isOpen());
      t.ok(hasSameData(before, world.held()?.secret.data ?? new Map()), 'the Secret is what it was');
      t.equal(world.server.get(APP)?.password, GOOD.password);
      t.equal(world.server.get(`${APP}_alt`)?.password, undefined);
      t.match(world.record()?.login, {
        change: undefined,
        diverged: undefined,
        current: { role: APP },
        failed: { undone: true, reason: 'Deployment/api exceeded its progress deadline' },
      });
      const record = world.record();
      t.same(record?.versions.at(-1)?.why, { kind: 'rolled-back', to: 1, undone: true });
      t.same(record && previousVersion(record), { number: 1 }, 'never the version that failed');
      t.equal(world.record()?.rollout, undefined);
      t.match(world.reported.at(-1)?.conditions, [{}, { status: 'True' }, { reason: 'RolledBack' }]);
    },
  );

async function upTo(world: ReturnType<typeof aLoginWorld>, phase: string): Promise<void> {
  for (let count = 0; count < 50; count++) {
    await world.step();
    if (world.record()?.login?.change?.phase === phase) return;
  }
  throw new Error(`it never comes to ${phase}`);
}

t.test(
  'AlternatingUsers: a login that a deployer restores is not retired, and the change rolls back',
  async (t) => {
    const world: ReturnType<typeof aLoginWorld> = aLoginWorld({
      strategy: 'AlternatingUsers',
      meanwhile: () => {
        if (world !== undefined && !world.isOpen()) throw new Error('nobody could log in');
      },
    });
    await world.rest();
    world.wish({ kind: 'rotate' });
    await upTo(world, 'drain');
    const { secret } = world.held() ?? {};
    const before = world.record()?.versions.at(-2)?.data;
    if (secret !== undefined && before !== undefined) world.write({ ...secret, data: before }, 'argocd');
    await world.rest();
    t.match(world.record()?.login, {
      change: undefined,
      diverged: undefined,
      current: { role: APP },
      failed: { undone: true, reason: /restored the login recon in the Secret/ },
    });
    t.equal(world.server.get(APP)?.password, GOOD.password);
    t.equal(world.server.get(`${APP}_alt`)?.password, undefined);
    t.same(
      world.kubernetesEvents.map(({ reason }) => reason),
      ['PasswordChangeStarted', 'PasswordPublished', 'PasswordChangeRolledBack'],
    );
  },
);

t.test('an edit during the rollout is applied to the server at once', async (t) => {
  const world = aLoginWorld();
  const { advanceRollout: advance } = world.deps.workloads;
  const waiting: typeof advance = async (_, rollout) => ({ rollout, requeueAfter: 1000 });
  await world.rest();
  world.wish({ kind: 'rotate' });
  world.override({ workloads: { advanceRollout: waiting } });
  await world.settle();
  t.equal(world.record()?.login?.change?.phase, 'rollout');
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  await world.settle();
  t.ok(world.isOpen(), 'whoever is restarted for it is let in');
  world.override({ workloads: { advanceRollout: advance } });
  await world.rest();
  t.equal(world.server.get(APP)?.password, GOOD.other);
});

t.test('an edit that is written again after its rollback is rolled back only once', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.refuse();
  for (let count = 0; count < 10; count++) {
    world.edit('POSTGRES_PASSWORD', GOOD.other, 'argocd');
    await world.rest();
    world.pass(180_000);
  }
  t.match(
    world.record()?.login?.diverged?.reason,
    /was rolled back, because .*that password was written again/,
  );
  t.equal(world.record()?.versions.filter(({ why }) => why.kind === 'rolled-back').length, 1);
  t.equal(world.server.get(APP)?.password, GOOD.password);
  t.same(world.rollouts, [3], 'nor is anybody restarted for it');
});

t.test('a rollback to a version with another role changes no password', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.server.set('other', world.aRole(GOOD.other));
  world.edit('POSTGRES_USER', 'other');
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  world.pass(400_000);
  await world.rest();
  world.wish({ kind: 'rollback', to: 1 });
  await world.rest();
  t.match(world.record()?.login?.failed?.reason, /version 1 is the login of another role:/);
  t.equal(world.server.get('other')?.password, GOOD.other);
  t.ok(world.isOpen());
});

for (const how of ['failover', 'rotate'] as const)
  t.test(
    `a role that the Secret named earlier is not changed when the present one is out of sync: ${how}`,
    async (t) => {
      const world = aLoginWorld();
      await world.rest();
      const { secret } = world.held() ?? {};
      if (secret === undefined) throw new Error('it is there');
      world.server.set('boss', world.aRole(GOOD.other));
      world.edit('POSTGRES_USER', 'boss');
      world.edit('POSTGRES_PASSWORD', GOOD.other);
      world.pass(400_000);
      await world.rest();
      t.match(world.record()?.login?.current, { role: 'boss' });
      world.write(secret);
      world.pass(400_000);
      await world.rest();
      world.alter(APP, 'as it once was');
      if (how === 'failover') world.failOver();
      world.pass(400_000);
      await world.rest();
      if (how === 'rotate') world.wish({ kind: 'rotate' });
      await world.rest();
      t.ok(world.isOpen());
      t.equal(world.written().role, APP);
      t.equal(world.server.get('boss')?.password, GOOD.other);
      t.equal(world.record()?.login?.diverged, undefined);
    },
  );

for (const phase of ['publish', 'rollout', 'rollback-rollout'] as const)
  t.test(`a restored record of a completed change restarts no consumer: ${phase}`, async (t) => {
    const world = aLoginWorld();
    await world.rest();
    world.wish({ kind: 'rotate' });
    if (phase === 'rollback-rollout') world.failAt(2);
    let backup: ReturnType<typeof world.record>;
    const { write: writeRecord } = world.deps.records;
    const saving: typeof writeRecord = async (place, record, version) => {
      if (record.login?.change?.phase === phase) backup ??= record;
      return writeRecord(place, record, version);
    };
    world.override({ records: { write: saving } });
    await world.rest();
    const { secret } = world.held() ?? {};
    if (secret === undefined || backup === undefined) throw new Error('it was there');
    world.alter(APP, 'of a later change');
    const data = backup.versions.at(-1)?.data ?? new Map();
    const restarted = world.rollouts.length;
    world.remove();
    world.write({ ...secret, data }, 'velero-server');
    world.note(() => backup as NonNullable<typeof backup>);
    await world.rest();
    t.ok(world.record()?.login?.diverged);
    t.equal(world.server.get(APP)?.password, 'of a later change');
    t.equal(world.rollouts.length, restarted);
  });

t.test('an administrator with the same role as the login is refused', async (t) => {
  const world = aLoginWorld({ spec: EACH_MINUTE });
  world.edit('POSTGRES_USER', 'admin');
  world.server.set('admin', world.aRole(GOOD.password));
  await world.settle();
  world.pass(400_000);
  await world.settle();
  t.match(world.reported.at(-1)?.conditions[0], {
    status: 'False',
    reason: 'NotAllowed',
    message: /names the role whose password changes/,
  });
  t.equal(world.server.get('admin')?.password, GOOD.password);
});

t.test('a clock that is set back does not extend a failed verification', async (t) => {
  const world: ReturnType<typeof aLoginWorld> = aLoginWorld();
  await world.rest();
  world.wish({ kind: 'rotate' });
  const { tryLogin } = world.deps.databases;
  const refusing: typeof tryLogin = async (target, one) => {
    if (world.record()?.login?.change?.phase !== 'verify') return tryLogin(target, one);
    return { kind: 'no-connect-right' };
  };
  world.override({ databases: { tryLogin: refusing } });
  await world.settle();
  t.equal(world.record()?.login?.change?.phase, 'verify');
  world.pass(-3_600_000);
  await world.settle();
  t.ok(world.isOpen());
  t.match(world.record()?.login?.failed, { undone: true });
});

t.test('a server that stays away is tried with exponential backoff', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.wish({ kind: 'rotate' });
  world.override({ databases: { tryLogin: async () => ({ kind: 'refused' }) } });
  let tries = 0;
  for (let passed = 0; passed < 3_600_000; tries++) {
    const outcome = await world.settle();
    const after = outcome.kind === 'requeue' ? outcome.requeueAfter : 0;
    world.pass(after);
    passed += after;
  }
  t.ok(tries < 200, `${tries} times in an hour`);
});

t.test('after an outage a login is tried soon, and then with a doubled delay', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  const { tryLogin } = world.deps.databases;
  const pauses: number[] = [];
  for (const turn of [1, 2]) {
    world.override({ databases: { tryLogin: async () => ({ kind: 'timeout' }) } });
    world.pass(400_000);
    for (let count = 0; count < 8; count++) {
      const outcome = await world.settle();
      const after = outcome.kind === 'requeue' ? outcome.requeueAfter : 0;
      pauses.push(after / 1000);
      world.pass(after);
    }
    t.same(pauses.splice(0), [1, 2, 4, 8, 16, 30, 30, 30], `outage ${turn}`);
    world.override({ databases: { tryLogin } });
    await world.settle();
    t.ok(world.isOpen());
  }
});

t.test('AlternatingUsers: a change completes after the administrator is removed from the spec', async (t) => {
  const world = aLoginWorld({ strategy: 'AlternatingUsers' });
  await world.rest();
  world.wish({ kind: 'rotate' });
  await upTo(world, 'drain');
  const { forSecret: credentialOf } = world.deps.credentials;
  const alone: typeof credentialOf = (place, system) => {
    const credential = credentialOf(place, system);
    return (
      credential && {
        ...credential,
        spec: { ...credential.spec, strategy: 'SingleUser', adminSecretName: undefined },
      }
    );
  };
  world.override({ credentials: { forSecret: alone } });
  await world.rest();
  t.ok(world.isOpen());
  t.match(world.record()?.login, { change: undefined, diverged: undefined, owner: `${APP}_alt` });
});

t.test('a change completes after its PostgresCredential is deleted in the middle', async (t) => {
  let calls = 0;
  const world: ReturnType<typeof aLoginWorld> = aLoginWorld({
    meanwhile: () => {
      if (world?.server.get(APP)?.mark !== undefined && calls++ === 0) {
        world.release();
        throw new Crash();
      }
    },
  });
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.ok(calls > 0);
  t.ok(world.isOpen());
  world.wish({ kind: 'rotate' });
  await world.settle();
  t.equal(world.patches.length, 1, 'and nothing more is begun');
});

const event = fc.oneof(
  { weight: 20, arbitrary: fc.constant({ kind: 'nothing' } as const) },
  { weight: 4, arbitrary: fc.constant({ kind: 'crash' } as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('trouble' as const),
      trouble: fc.constantFrom('away', 'lost before', 'lost after', 'busy'),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'rotate' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'pass' } as const) },
);
const human = fc.oneof(
  { weight: 10, arbitrary: event },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('edit' as const),
      password: fc.constantFrom(GOOD.other, 'Zk4mW8qLr2TcV9nB5sXd', GOOD.password),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('note' as const) }) },
);

for (const [strategy, admin] of [
  ['SingleUser', true],
  ['SingleUser', false],
  ['AlternatingUsers', true],
] as const) {
  t.test(
    `Secret and server are in sync after a crash at any point: ${strategy}, ${admin ? 'by an administrator' : 'by the role itself'}`,
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(event, { maxLength: 120 }), async (events) => {
          const left: typeof events = [];
          const world: ReturnType<typeof aLoginWorld> = aLoginWorld({
            strategy,
            admin,
            meanwhile: () => {
              const now = left.shift();
              if (strategy === 'AlternatingUsers' && world !== undefined && !world.isOpen())
                throw new Error('nobody could log in');
              if (now?.kind === 'crash') throw new Crash();
              if (now?.kind === 'trouble') world.trouble(now.trouble);
              if (now?.kind === 'rotate') world.wish({ kind: 'rotate' });
              if (now?.kind === 'pass') world.pass(30_000);
            },
          });
          await world.rest();
          left.push(...events);
          while (left.length > 0) await world.rest();
          await world.rest();
          if (!world.isOpen()) throw new Error('the Secret does not open the server');
          if (world.record()?.login?.diverged !== undefined) throw new Error('it has diverged');
          if ([...world.server.values()].some(({ mark }) => mark !== undefined))
            throw new Error('a mark is left');
          const url = urlOf(world);
          const { role, password } = world.written();
          if (!password.withPlaintext(({ text }) => url?.includes(`//${role}:${text}@`)))
            throw new Error('the URL is behind');
        }),
        { numRuns: 300 },
      );
    },
  );

  t.test(
    `no edit is lost and the login ends in sync, after any edits and crashes: ${strategy}, ${admin ? 'by an administrator' : 'by the role itself'}`,
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(human, { maxLength: 120 }), async (events) => {
          const left: typeof events = [];
          let last: string | undefined;
          let notes = 0;
          const world: ReturnType<typeof aLoginWorld> = aLoginWorld({
            strategy,
            admin,
            meanwhile: () => {
              const now = left.shift();
              if (now?.kind === 'crash') throw new Crash();
              if (now?.kind === 'trouble') world.trouble(now.trouble);
              if (now?.kind === 'edit') {
                last = now.password;
                world.edit('POSTGRES_PASSWORD', last);
              }
              if (now?.kind === 'note') {
                notes += 1;
                world.edit('NOTE', `${notes}`);
              }
              if (now?.kind === 'pass') world.pass(30_000);
            },
          });
          await world.rest();
          left.push(...events);
          while (left.length > 0) await world.rest();
          await world.rest();
          if (!world.isOpen()) throw new Error('the Secret does not open the server');
          if (world.record()?.login?.diverged !== undefined) throw new Error('it has diverged');
          if (last !== undefined && !world.written().password.withPlaintext(({ text }) => text === last))
            throw new Error('an edit was lost');
          if (notes > 0 && textOf(world.held()?.secret.data, 'NOTE') !== `${notes}`)
            throw new Error('a note was lost');
        }),
        { numRuns: 300 },
      );
    },
  );
}
