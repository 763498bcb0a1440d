import t from 'tap';
import { aSecret, GOOD } from '../helpers/engine.ts';
import { APP, aLoginWorld } from '../helpers/login-world.ts';

const ADMIN_SECRET = 'postgres-admin';

/** The Secret of the administrator holds this, or is not there. */
function withAdmin(world: ReturnType<typeof aLoginWorld>, data: Record<string, string> | undefined) {
  const { readSecret } = world.needs;
  const reads: string[] = [];
  const admin = data && {
    secret: aSecret(data, { name: ADMIN_SECRET }),
    uid: 'admin',
    resourceVersion: '1',
    written: { by: 'kubectl', time: new Date(0) },
  };
  Object.assign(world.needs, {
    readSecret: async (place: Parameters<typeof readSecret>[0]) => {
      reads.push(place.name);
      return place.name === ADMIN_SECRET ? admin : await readSecret(place);
    },
  });
  return reads;
}

const ready = (world: ReturnType<typeof aLoginWorld>) =>
  world.told.at(-1)?.conditions.find(({ type }) => type === 'Ready');

t.test(
  'the login of an administrator is not even read where the Secret says which server it is',
  async (t) => {
    const world = aLoginWorld({ spec: { server: {}, allowedRoles: [APP] } });
    const reads = withAdmin(world, { POSTGRES_USER: 'admin', POSTGRES_PASSWORD: GOOD.key });
    world.edit('POSTGRES_PASSWORD', GOOD.other);
    await world.settle();
    t.match(ready(world), { status: 'False', reason: 'NotAllowed', message: /spec\.server\.host/ });
    t.notOk(reads.includes(ADMIN_SECRET));
    t.same(world.statements, []);
  },
);

t.test('without a login in the Secret of the administrator nothing is changed', async (t) => {
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
    t.match(ready(world), { status: 'False', reason: 'HelperMissing' }, JSON.stringify(data));
    t.same(world.statements, []);
  }
});

t.test('an administrator is another role than the one that is changed', async (t) => {
  const world = aLoginWorld();
  withAdmin(world, { POSTGRES_USER: APP, POSTGRES_PASSWORD: GOOD.password });
  await world.settle();
  t.match(ready(world), { status: 'False' });
});
