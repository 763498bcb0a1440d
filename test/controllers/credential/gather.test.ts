import t from 'tap';
import { aSecret, GOOD, STORY_URL } from '../../helpers/engine/engine.ts';
import { APP, aLoginWorld } from '../../helpers/login/login-world.ts';

const ADMIN_SECRET = 'postgres-admin';

/** Sets the data of the administrator's Secret. Undefined removes it. */
function withAdmin(world: ReturnType<typeof aLoginWorld>, data: Record<string, string> | undefined) {
  const { read: readSecret } = world.deps.secrets;
  const reads: string[] = [];
  const admin = data && {
    secret: aSecret(data, { name: ADMIN_SECRET }),
    uid: 'admin',
    resourceVersion: '1',
    written: { by: 'kubectl', time: new Date(0) },
  };
  world.override({
    secrets: {
      read: async (place) => {
        reads.push(place.name);
        return place.name === ADMIN_SECRET ? admin : await readSecret(place);
      },
    },
  });
  return reads;
}

const ready = (world: ReturnType<typeof aLoginWorld>) =>
  world.reported.at(-1)?.conditions.find(({ type }) => type === 'Ready');

t.test('the login of an administrator is not even read if the Secret chooses the server', async (t) => {
  const world = aLoginWorld({ spec: { server: {}, allowedRoles: [APP] } });
  const reads = withAdmin(world, { POSTGRES_USER: 'admin', POSTGRES_PASSWORD: GOOD.key });
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  await world.settle();
  t.match(ready(world), { status: 'False', reason: 'NotAllowed', message: /spec\.server\.host/ });
  t.notOk(reads.includes(ADMIN_SECRET));
  t.same(world.statements, []);
});

t.test('nothing is changed if the Secret of the administrator has no login', async (t) => {
  for (const data of [
    undefined,
    {},
    { POSTGRES_USER: 'admin' },
    { POSTGRES_USER: 'admin', POSTGRES_PASSWORD: '' },
  ]) {
    const world = aLoginWorld({ spec: { allowedRoles: [APP] } });
    withAdmin(world, data);
    world.edit('POSTGRES_PASSWORD', GOOD.other);
    await world.settle();
    t.match(ready(world), { status: 'False', reason: 'ReferencedSecretNotFound' }, JSON.stringify(data));
    t.same(world.statements, []);
  }
});

t.test('an administrator is another role than the one that is changed', async (t) => {
  const world = aLoginWorld();
  withAdmin(world, { POSTGRES_USER: APP, POSTGRES_PASSWORD: GOOD.password });
  await world.settle();
  t.match(ready(world), { status: 'False' });
});

for (const [what, server, sslmode, ofAdmin] of [
  ['is asked for though the Secret does without', {}, 'disable', 'prefer'],
  ['is none where the PostgresCredential says so', { tls: { mode: 'disable' } }, 'disable', 'disable'],
  ['is no less than what the Secret asks for', {}, 'require', 'require'],
] as const)
  t.test(`TLS of an administrator ${what}`, async (t) => {
    const world = aLoginWorld({ spec: { server: { host: 'postgres-service', ...server } } });
    world.edit('DATABASE_URL', STORY_URL.replace('sslmode=disable', `sslmode=${sslmode}`));
    const modes = new Map<string, string>();
    const { tryLogin } = world.deps.databases;
    world.override({
      databases: {
        tryLogin: (target, one) => {
          modes.set(one.role, target.tls.mode);
          return tryLogin(target, one);
        },
      },
    });
    await world.settle();
    t.same(Object.fromEntries(modes), { [APP]: sslmode, admin: ofAdmin });
  });

const PAIR = `${APP}_alt`;

t.test('AlternatingUsers: neither of the two roles may be the administrator', async (t) => {
  const world = aLoginWorld({ strategy: 'AlternatingUsers' });
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.equal(world.written().role, PAIR);
  for (const role of [APP, PAIR]) {
    world.server.set(APP, world.aRole(GOOD.key));
    withAdmin(world, { POSTGRES_USER: role, POSTGRES_PASSWORD: GOOD.key });
    world.pass(400_000);
    await world.settle();
    t.match(
      ready(world),
      { status: 'False', reason: 'NotAllowed', message: /names the role whose password changes/ },
      role,
    );
  }
});

t.test('SingleUser: a role with the name of a second login may be the administrator', async (t) => {
  const world = aLoginWorld();
  world.server.set(PAIR, world.aRole(GOOD.key));
  withAdmin(world, { POSTGRES_USER: PAIR, POSTGRES_PASSWORD: GOOD.key });
  await world.settle();
  t.match(ready(world), { status: 'True' });
});

t.test('a change in progress completes, whichever administrator the spec names now', async (t) => {
  const world = aLoginWorld();
  const { advanceRollout: advance } = world.deps.workloads;
  const waiting: typeof advance = async (_, rollout) => ({ rollout, requeueAfter: 1000 });
  await world.rest();
  world.wish({ kind: 'rotate' });
  world.override({ workloads: { advanceRollout: waiting } });
  await world.settle();
  t.equal(world.record()?.login?.change?.phase, 'rollout');
  withAdmin(world, { POSTGRES_USER: APP, POSTGRES_PASSWORD: GOOD.password });
  world.override({ workloads: { advanceRollout: advance } });
  await world.rest();
  t.ok(world.record()?.login?.rotated);
  t.ok(world.isOpen());
});

t.test('a login whose Secret is missing is reported', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.remove();
  await world.step();
  t.match(ready(world), { status: 'False', reason: 'SecretNotFound' });
});
