import t from 'tap';
import { LockstepError } from '../../../src/errors/errors.ts';
import { Crash } from '../../helpers/controllers/secret-world.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { aLoginWorld } from '../../helpers/login/login-world.ts';

const MINUTE = 60_000;

type World = ReturnType<typeof aLoginWorld>;

const isChanging = (world: World): boolean => world.record()?.login?.change !== undefined;

/** Runs steps as the queue does, until none is due at once. The time is shorter than the deletion waits. */
async function work(world: World): Promise<void> {
  for (let count = 0; count < 20 && (count === 0 || isChanging(world)); count++) {
    await world.settle();
    world.pass(MINUTE);
  }
  await world.settle();
}

/** A change whose server does not answer. Returns a function that makes it answer again. */
async function stuck(world: World): Promise<() => void> {
  await world.rest();
  const { openServer } = world.deps.databases;
  world.wish({ kind: 'rotate' });
  world.override({
    databases: {
      openServer: async () => {
        throw new LockstepError('POSTGRES_CONNECTION_FAILURE', ['db:5432', 'logging in', '']);
      },
    },
  });
  await world.settle();
  if (!world.isHeld() || !isChanging(world)) throw new Error('no change is under way');
  return () => world.override({ databases: { openServer } });
}

for (const strategy of ['SingleUser', 'AlternatingUsers'] as const) {
  t.test(
    `the finalizer exists before the record has a change, and is removed after its end: ${strategy}`,
    async (t) => {
      const world = aLoginWorld({ strategy });
      const { write: writeRecord } = world.deps.records;
      const wrong: string[] = [];
      let changes = 0;
      world.override({
        records: {
          write: (...args) => {
            const phase = args[1].login?.change?.phase;
            if (phase !== undefined) changes += 1;
            if (phase !== undefined && !world.isHeld()) wrong.push(phase);
            return writeRecord(...args);
          },
        },
      });
      await world.rest();
      t.notOk(world.isHeld(), 'nothing is under way');
      world.wish({ kind: 'rotate' });
      await world.rest();
      await world.settle();
      t.ok(changes > 4, `${changes} writes`);
      t.same(wrong, []);
      t.notOk(world.isHeld());
    },
  );

  t.test(`a change ends before the deletion, after a crash at any point: ${strategy}`, async (t) => {
    let deaths = 0;
    for (let death = 1; ; death++) {
      let calls = Number.NEGATIVE_INFINITY;
      const world = aLoginWorld({
        strategy,
        meanwhile: () => {
          calls += 1;
          if (calls === death) throw new Crash();
        },
      });
      await world.rest();
      world.wish({ kind: 'rotate' });
      calls = 0;
      const hasDied = await world.step().then(
        () => false,
        (error) => {
          if (!(error instanceof Crash)) throw error;
          return true;
        },
      );
      calls = Number.NEGATIVE_INFINITY;
      if (!hasDied) break;
      deaths += 1;
      const wasHeld = world.isHeld();
      t.ok(wasHeld || !isChanging(world), `${death}: held`);
      world.deleteCredential();
      await work(world);
      t.notOk(world.isHeld(), `${death}: let go`);
      t.notOk(isChanging(world), `${death}: ended`);
      t.ok(world.isOpen(), `${death}: the Secret opens the server`);
      t.notOk(
        world.kubernetesEvents.some(({ reason }) => reason === 'PasswordChangeAbandoned'),
        `${death}: nothing is left`,
      );
    }
    t.ok(deaths > 20, `${deaths} deaths`);
  });
}

t.test('a PostgresCredential that is being deleted starts no change', async (t) => {
  const world = aLoginWorld({
    spec: { schedule: { schedule: '0 3 * * *', timeZone: 'UTC', window: undefined } },
  });
  await world.rest();
  world.deleteCredential();
  world.wish({ kind: 'rotate' });
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  world.pass(3 * 24 * 60 * MINUTE);
  await world.settle();
  t.notOk(isChanging(world));
  t.notOk(world.isHeld());
  t.same(world.server.get('recon')?.password, GOOD.password);
});

for (const strategy of ['SingleUser', 'AlternatingUsers'] as const)
  t.test(
    `an edit that ends the change is applied to the server before the deletion: ${strategy}`,
    async (t) => {
      const world = aLoginWorld({ strategy });
      const answer = await stuck(world);
      world.edit('POSTGRES_PASSWORD', GOOD.other);
      world.deleteCredential();
      answer();
      await work(world);
      t.notOk(world.isHeld());
      t.ok(world.isOpen(), 'Secret and server agree');
      t.ok(world.written().password.withPlaintext(({ text }) => text === GOOD.other));
      world.wish({ kind: 'rotate' });
      await world.settle();
      t.notOk(isChanging(world), 'and no more is begun');
    },
  );

t.test('a PostgresCredential whose deletion is not yet watched starts no change', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.override({ credentials: { finalizer: { add: async () => false } } });
  world.wish({ kind: 'rotate' });
  await world.settle();
  t.notOk(isChanging(world));
  t.equal(world.statements.length, 0);
});

t.test('a deletion waits half an hour for a server that is away, and the status says so', async (t) => {
  const world = aLoginWorld();
  await stuck(world);
  world.deleteCredential();
  await world.settle();
  t.ok(world.isHeld());
  t.match(world.reported.at(-1)?.conditions[2], {
    type: 'Progressing',
    status: 'True',
    message:
      /^the password is being changed; the PostgresCredential is deleted when this has ended, at \S+Z at the latest; waiting: /,
  });
  const reported = world.reported.at(-1)?.conditions[2]?.message ?? '';
  const latest = Date.parse(/at (\S+Z) at the latest/.exec(reported)?.[1] ?? '');
  t.equal(Math.round((latest - world.deps.context.now().getTime()) / MINUTE), 30);

  world.pass(29 * MINUTE);
  const outcome = await world.settle();
  t.ok(world.isHeld(), 'not yet');
  t.ok(outcome.kind === 'requeue' && outcome.requeueAfter <= MINUTE, 'and it is looked at again in time');
  world.pass(MINUTE);
  await world.settle();
  t.notOk(world.isHeld());
  t.match(
    world.kubernetesEvents.filter(({ reason }) => reason === 'PasswordChangeAbandoned'),
    [
      {
        note: /before the password change ended, in phase preflight\. To complete the change, create it/,
      },
    ],
  );
  await world.settle();
  t.equal(
    world.kubernetesEvents.filter(({ reason }) => reason === 'PasswordChangeAbandoned').length,
    1,
    'once',
  );
});

t.test(
  'a deletion without an administrator reports what it waits for, and completes after the time limit',
  async (t) => {
    const world = aLoginWorld();
    await stuck(world);
    const { read: readSecret } = world.deps.secrets;
    world.override({
      secrets: {
        read: async (place) => (place.name === 'postgres-admin' ? undefined : await readSecret(place)),
      },
    });
    world.deleteCredential();
    await world.settle();
    t.ok(world.isHeld());
    t.match(world.reported.at(-1), {
      phase: 'Preflight',
      conditions: [
        { reason: 'ReferencedSecretNotFound' },
        {},
        {
          type: 'Progressing',
          status: 'True',
          message: /is deleted when this has ended.*waiting: it is not ready/,
        },
      ],
    });
    world.pass(30 * MINUTE);
    await world.settle();
    t.notOk(world.isHeld());
  },
);

for (const [what, happen] of [
  ['its Secret is deleted', (world: World) => world.remove()],
  ['its record is lost', (world: World) => world.loseRecord()],
  ['lockstep may change nothing', (world: World) => Object.assign(world.deps.context, { maxAction: 'Warn' })],
  [
    'its PostgresCredential is unknown',
    (world: World) => world.override({ credentials: { formerForSecret: () => undefined } }),
  ],
] as const)
  t.test(`the finalizer does not delay the deletion if ${what}`, async (t) => {
    const world = aLoginWorld();
    await stuck(world);
    world.deleteCredential();
    happen(world);
    await world.settle();
    t.notOk(world.isHeld());
    const reported = world.kubernetesEvents.filter(({ reason }) => reason === 'PasswordChangeAbandoned');
    t.equal(
      reported.length,
      world.held() === undefined || world.record()?.login?.change === undefined ? 0 : 1,
    );
  });

t.test('another PostgresCredential continues the change, and the deleted one is released', async (t) => {
  const world = aLoginWorld();
  const answer = await stuck(world);
  world.deleteCredential();
  const { formerForSecret: formerCredentialOf } = world.deps.credentials;
  const another: typeof formerCredentialOf = (place, system) => {
    const credential = formerCredentialOf(place, system);
    return credential && { ...credential, name: 'another', uid: 'another' };
  };
  world.override({ credentials: { forSecret: another, finalizer: { deletedAt: () => undefined } } });
  await world.step();
  t.notOk(world.isHeld());
  t.ok(isChanging(world), 'before the change has ended');
  answer();
  await work(world);
  t.notOk(isChanging(world));
  t.ok(world.isOpen());
});

t.test('a deleted PostgresCredential completes its change, also without the finalizer', async (t) => {
  const world = aLoginWorld();
  const answer = await stuck(world);
  world.release();
  world.override({ credentials: { finalizer: { isSet: () => false } } });
  answer();
  await work(world);
  t.notOk(isChanging(world));
  t.ok(world.record()?.login?.rotated);
  t.ok(world.isOpen());
});

t.test('without a change in progress a deleted PostgresCredential is not reconciled', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.release();
  world.pass(60 * MINUTE);
  world.reported.length = 0;
  await world.settle();
  t.same(world.reported, []);
});

t.test('an abandoned change continues after a new PostgresCredential is created', async (t) => {
  const world = aLoginWorld();
  const answer = await stuck(world);
  await world.deps.credentials.finalizer.remove(
    { namespace: 'recon', name: 'reconciliation-secrets' },
    undefined,
  );
  answer();
  await world.rest();
  await world.settle();
  t.ok(world.isOpen());
  t.notOk(world.isHeld());
});

t.test('a change in progress does not wait for the finalizer, and no change starts without it', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  const { add: hold } = world.deps.credentials.finalizer;
  const refused = async () => {
    throw new LockstepError('CLUSTER_CONFLICT', ['writing the finalizers']);
  };
  world.wish({ kind: 'rotate' });
  world.override({ credentials: { finalizer: { add: refused } } });
  await t.rejects(world.settle(5), /not settled/);
  t.notOk(isChanging(world));
  world.override({ credentials: { finalizer: { add: hold } } });
  const answer = await stuck(world);
  world.override({ credentials: { finalizer: { add: refused } } });
  answer();
  await world.rest();
  t.ok(world.isOpen());
  t.match(world.record()?.versions.at(-1)?.why, { kind: 'login', cause: 'requested' });
});
