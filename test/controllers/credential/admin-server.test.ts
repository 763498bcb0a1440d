import t, { type Test } from 'tap';
import { postgresAdapter } from '../../../src/commands/adapters/postgres-adapter.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { APP, aLoginWorld } from '../../helpers/login/login-world.ts';
import {
  aFakeServer,
  backendMessage,
  errorResponse,
  type FakeServer,
} from '../../helpers/postgres/fake-server.ts';
import { aPostgres, type Postgres } from '../../testbed/postgres/postgres.ts';

// A Secret that names another server: a real one at first, and then one of an eavesdropper. It must not get the
// passwords of the record or the login of the administrator.

type World = ReturnType<typeof aLoginWorld>;
type Options = NonNullable<Parameters<typeof aLoginWorld>[0]>;

/** The Secret of the example on a real server, where lockstep logs in as it does in a cluster. */
async function aRealLogin(t: Test, options: Options = {}): Promise<{ world: World; postgres: Postgres }> {
  const postgres = await aPostgres(t);
  await postgres.sql(`CREATE ROLE ${APP} LOGIN PASSWORD '${GOOD.password}'`);
  await postgres.sql(`CREATE ROLE admin LOGIN SUPERUSER PASSWORD 'of the admin'`);
  await postgres.sql('CREATE DATABASE reconciliation');
  const { host, port } = postgres;
  const world = aLoginWorld({ ...options, spec: options.admin === false ? {} : { server: { host, port } } });
  world.override({ databases: postgresAdapter() });
  name(world, postgres);
  await world.rest();
  t.match(world.record()?.login?.current, { role: APP });
  return { world, postgres };
}

/** Changes the base keys and the URL of the Secret to that server. */
function name(world: World, { host, port }: { readonly host: string; readonly port: number }): void {
  world.edit('POSTGRES_HOST', host);
  world.edit('POSTGRES_PORT', String(port));
  const { role, password } = world.written();
  const text = password.withPlaintext((known) => known.text);
  world.edit('DATABASE_URL', `postgresql://${role}:${text}@${host}:${port}/reconciliation?sslmode=disable`);
}

/** Refuses every login after it has the role. Each connection is therefore one offered password. */
const aTrap = (t: Test): Promise<FakeServer> =>
  aFakeServer(t, (socket) =>
    socket.once('data', () => socket.end(errorResponse('28P01', 'password authentication failed'))),
  );

t.test('the login of an administrator is sent to the server in the PostgresCredential', async (t) => {
  const { world, postgres } = await aRealLogin(t);
  const trap = await aTrap(t);
  name(world, trap);
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.equal(trap.sockets.length, 0, 'nobody came');
  t.ok(world.record()?.login?.rotated, 'the password was changed on the server that is named');
  t.notOk(world.written().password.withPlaintext(({ text }) => text === GOOD.password));
  const [row] = await postgres.sql(`SELECT rolpassword FROM pg_authid WHERE rolname = '${APP}'`);
  t.match(row?.rolpassword, /^SCRAM-SHA-256/);
});

t.test('without a server in the PostgresCredential the administrator login is sent nowhere', async (t) => {
  const trap = await aTrap(t);
  const world = aLoginWorld({ spec: { server: {} } });
  world.override({ databases: postgresAdapter() });
  name(world, trap);
  await world.settle();
  t.equal(trap.sockets.length, 0);
  t.match(world.reported.at(-1)?.conditions[0], {
    status: 'False',
    reason: 'NotAllowed',
    message: /name the server under spec\.server\.host/,
  });
});

t.test('an sslmode in the Secret does not disable TLS for the administrator', async (t) => {
  const trap = await aFakeServer(t, (socket) => socket.once('data', () => socket.end()));
  const { host, port } = trap;
  const world = aLoginWorld({ spec: { server: { host, port } } });
  const { tryLogin } = postgresAdapter();
  const ofAdmin: typeof tryLogin = async (target, one) =>
    one.role === APP ? { kind: 'password-refused' } : tryLogin(target, one);
  world.override({ databases: { tryLogin: ofAdmin } });
  name(world, trap);
  await world.settle();
  t.same(trap.received().subarray(4, 8), Buffer.from([0x04, 0xd2, 0x16, 0x2f]), 'TLS is asked for first');
});

t.test('earlier credentials are not sent to another server, only the present one', async (t) => {
  const { world } = await aRealLogin(t, { admin: false });
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.ok(world.record()?.login?.previous, 'there is one from before');
  const trap = await aTrap(t);
  name(world, trap);
  await world.settle();
  t.equal(trap.sockets.length, 1);
  t.match(world.reported.at(-1)?.conditions[1], { type: 'Synced', status: 'False' });
});

t.test('another port of the same host is another server', async (t) => {
  const { world, postgres } = await aRealLogin(t, { admin: false });
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  const trap = await aTrap(t);
  t.equal(trap.host, postgres.host);
  name(world, trap);
  await world.settle();
  t.equal(trap.sockets.length, 1);
});

t.test('an earlier credential is found on the server where it was proven', async (t) => {
  const { world, postgres } = await aRealLogin(t, { admin: false });
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  name(world, postgres);
  await world.rest();
  t.match(await postgres.sql('SELECT 1 AS one', { as: { role: APP, password: GOOD.other } }), [{ one: 1 }]);
});

t.test('a change in progress completes on the server where it started', async (t) => {
  const { world, postgres } = await aRealLogin(t, { admin: false });
  const trap = await aTrap(t);
  const { openServer } = world.deps.databases;
  const { write: writeRecord } = world.deps.records;
  let cameBefore: number | undefined;
  // Between the record of the change and its first statement.
  world.override({
    databases: {
      openServer: async (...args) => {
        if (world.record()?.login?.change?.phase === 'apply') {
          name(world, trap);
          world.override({ databases: { openServer } });
        }
        return openServer(...args);
      },
    },
    records: {
      write: async (...args) => {
        if (args[1].login?.rotated !== undefined) cameBefore ??= trap.sockets.length;
        return writeRecord(...args);
      },
    },
  });
  world.wish({ kind: 'rotate' });
  for (let turn = 0; turn < 20 && world.record()?.login?.rotated === undefined; turn += 1) {
    await world.settle();
    world.pass(400_000);
  }
  t.equal(cameBefore, 0, 'nobody came before the change was at its end');
  const password = world.written().password.withPlaintext(({ text }) => text ?? '');
  t.match(await postgres.sql('SELECT 1 AS one', { as: { role: APP, password } }), [{ one: 1 }]);
});

t.test('a login that used SCRAM once answers no MD5 request on any server', async (t) => {
  const { world, postgres } = await aRealLogin(t, { admin: false });
  t.equal(world.record()?.login?.auth, 'scram-sha-256');
  const trap = await aFakeServer(t, (socket) => {
    socket.once('data', (startup: Buffer) => {
      socket.write(backendMessage('R', 5, 'salt'));
      socket.on('data', () => t.fail(`an answer came after ${startup.length} bytes`));
    });
  });
  name(world, trap);
  await world.settle();
  t.equal(trap.sockets.length, 1);
  t.match(world.reported.at(-1)?.conditions[1], {
    type: 'Synced',
    status: 'Unknown',
    message: /asks role recon for an MD5 answer, and this login went by SCRAM-SHA-256 before/,
  });

  name(world, postgres);
  await postgres.sql(`SET password_encryption = 'md5'; ALTER ROLE ${APP} PASSWORD '${GOOD.password}'`);
  await postgres.admit(['host all all all md5']);
  world.pass(400_000);
  await world.settle();
  t.match(world.reported.at(-1)?.conditions[1], { message: /went by SCRAM-SHA-256 before/ });
});

t.test('spec.server.auth allows a weaker method after SCRAM', async (t) => {
  const postgres = await aPostgres(t, { hba: ['host all all all md5'] });
  await postgres.sql(`SET password_encryption = 'md5'; CREATE ROLE ${APP} LOGIN PASSWORD '${GOOD.password}'`);
  await postgres.sql('CREATE DATABASE reconciliation');
  const world = aLoginWorld({ admin: false, spec: { server: { auth: ['md5'] } } });
  world.override({ databases: postgresAdapter() });
  name(world, postgres);
  await world.rest();
  t.match(world.record()?.login, { current: { role: APP }, auth: undefined });
});
