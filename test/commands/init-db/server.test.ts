import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { run } from '../../../src/commands/program.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { aPostgres } from '../../testbed/postgres/postgres.ts';
import { majorsHere } from '../../testbed/postgres/server.ts';
import { freePort } from '../../testbed/process/ports.ts';

const LOGIN = { POSTGRES_USER: 'app', POSTGRES_PASSWORD: GOOD.password, POSTGRES_DB: 'shop' };
const NEW = { ...LOGIN, POSTGRES_PASSWORD: GOOD.other };

/** A server, and `init-db` as a Job: the login is in its environment, and that of the administrator in a volume. */
async function aJob(t: Test, version = majorsHere()[0]!, settings: Readonly<Record<string, string>> = {}) {
  const server = await aPostgres(t, { version, settings });
  await server.sql(`CREATE ROLE maker LOGIN CREATEROLE CREATEDB PASSWORD 'of the maker'`);
  const admin = join(t.testdir(), 'admin');
  mountSecret(admin, { username: 'maker', password: 'of the maker' });
  const at = ['--host', server.host, '--port', String(server.port)];
  const initDb = async (env: Readonly<Record<string, string>>, ...args: readonly string[]) => {
    const shell = aShell(env);
    return { exitCode: await run(['init-db', ...at, ...args], shell), ...shell.printed };
  };
  const asAdmin = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
    initDb(env, '--admin-dir', admin, ...args);
  const asApp = ({ POSTGRES_PASSWORD: password } = LOGIN) => ({
    as: { role: 'app', password },
    database: 'shop',
  });
  return { server, initDb, asAdmin, asApp };
}

function mountSecret(folder: string, data: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [key, value] of Object.entries(data)) writeFileSync(join(folder, key), value);
}

for (const version of majorsHere()) {
  t.test(
    `creates role and database on PostgreSQL ${version} once, and finds them in the next Job`,
    async (t) => {
      const { server, asAdmin, initDb, asApp } = await aJob(t, version, { log_statement: 'all' });
      t.match(await initDb(LOGIN), { exitCode: 1, stderr: /refuses role app/ });
      const first = await asAdmin(LOGIN);
      t.match(first, { exitCode: 0, stderr: '' });
      t.match(first.stdout, /made role app\n.*made database shop\n.*lets role app in/);
      await server.sql('CREATE TABLE orders ()', asApp());
      const again = await asAdmin(LOGIN);
      t.match(again, { exitCode: 0, stderr: '' });
      t.notMatch(again.stdout, /made/);
      t.match(await initDb(LOGIN), { exitCode: 0, stdout: /lets role app in/ });
      for (const password of [GOOD.password, 'of the maker'])
        for (const text of [first.stdout, again.stdout, server.log().replace(/.*CREATE ROLE maker.*/, '')])
          t.notOk(text.includes(password));
    },
  );
}

t.test('completes the work of a Job that was killed', async (t) => {
  const { server, asAdmin, asApp } = await aJob(t);
  await server.sql(`SET ROLE maker; CREATE ROLE app LOGIN PASSWORD '${GOOD.password}'`);
  t.match(await asAdmin(LOGIN), { exitCode: 0, stdout: /made database shop/ });
  t.same(await server.sql('SELECT current_user::text AS me', asApp()), [{ me: 'app' }]);
});

t.test('never replaces the password of an existing role', async (t) => {
  const { server, asAdmin, asApp } = await aJob(t);
  await asAdmin(LOGIN);
  const { exitCode, stderr } = await asAdmin(NEW);
  t.equal(exitCode, 1);
  t.match(
    stderr,
    /role app is there, with another password, which is not changed here.*With a PostgresCredential, lockstep rotate/,
  );
  t.same(await server.sql('SELECT 1 AS one', asApp()), [{ one: 1 }]);
});

t.test('leaves a database of another owner unchanged', async (t) => {
  const { server, asAdmin } = await aJob(t);
  await server.sql('CREATE DATABASE shop');
  for (const args of [[], ['--recreate', '--yes-delete-data=shop']])
    t.match(await asAdmin(LOGIN, ...args), { exitCode: 1, stderr: /database shop belongs to role postgres/ });
  t.same(await server.sql(`SELECT FROM pg_roles WHERE rolname = 'app'`), []);
});

t.test('recreates a database with data only after two options, and only once', async (t) => {
  const { server, asAdmin, asApp } = await aJob(t);
  await asAdmin(LOGIN);
  await server.sql('CREATE TABLE orders AS SELECT 1 AS number', asApp());
  const kept = async () => t.same(await server.sql('SELECT number FROM orders', asApp()), [{ number: 1 }]);

  t.match(await asAdmin(NEW, '--recreate'), { exitCode: 1, stderr: /holds 1 .*--yes-delete-data=shop/ });
  await kept();
  t.match(await asAdmin(NEW, '--recreate', '--yes-delete-data=crm'), { exitCode: 1 });
  t.match(await asAdmin(NEW, '--yes-delete-data=shop'), { exitCode: 2, stderr: /without --recreate/ });
  await kept();
  t.match(await asAdmin(LOGIN, '--recreate', '--yes-delete-data=shop'), {
    exitCode: 0,
    stdout: /nothing is recreated/,
  });
  await kept();

  const done = await asAdmin(NEW, '--recreate', '--yes-delete-data=shop');
  t.match(done, { exitCode: 0, stdout: /deleted database shop\n.*role app\n.*made database shop/ });
  await t.rejects(server.sql('SELECT 1', asApp()), { code: '28P01' });
  await server.sql('CREATE TABLE customers ()', asApp(NEW));
  // The pod of a Job may start a second time.
  t.match(await asAdmin(NEW, '--recreate', '--yes-delete-data=shop'), { exitCode: 0 });
  t.same(await server.sql('SELECT * FROM customers', asApp(NEW)), []);
});

t.test('recreates an empty database after one option', async (t) => {
  const { server, asAdmin, asApp } = await aJob(t);
  await asAdmin(LOGIN);
  t.match(await asAdmin(NEW, '--recreate'), { exitCode: 0, stdout: /deleted database shop/ });
  t.same(await server.sql('SELECT 1 AS one', asApp(NEW)), [{ one: 1 }]);
});

t.test('does not try a login that no server should have', async (t) => {
  const { server, asAdmin } = await aJob(t);
  t.match(await asAdmin({ ...LOGIN, POSTGRES_PASSWORD: `${GOOD.password}\n` }), {
    exitCode: 1,
    stderr: /ends with a newline/,
  });
  t.same(await server.sql(`SELECT FROM pg_roles WHERE rolname = 'app'`), []);
});

t.test('waits for a server that is not there yet, with --wait', async (t) => {
  const { server, asAdmin } = await aJob(t);
  await server.stop();
  t.match(await asAdmin(LOGIN), { exitCode: 2, stderr: /nothing listens at/ });
  const waiting = asAdmin(LOGIN, '--wait', '60s');
  await server.start();
  t.match(await waiting, { exitCode: 0, stdout: /made database shop/ });
});

t.test('ends the wait at a signal', async (t) => {
  const port = await freePort();
  const shell = aShell(LOGIN);
  const listeners: (() => void)[] = [];
  const ended = run(['init-db', '--host', '127.0.0.1', '--port', String(port), '--wait', '10m'], {
    ...shell,
    onSignal: (listener) => listeners.push(listener),
  });
  while (listeners.length === 0) await new Promise(setImmediate);
  for (const listener of listeners) listener();
  t.equal(await ended, 2);
  t.match(shell.printed.stderr, /stopped by a signal/);
});

t.test('reports a server that is not PostgreSQL', async (t) => {
  const http = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const port = await freePort();
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
  t.teardown(() => http.close());
  const shell = aShell(LOGIN);
  t.equal(await run(['init-db', '--host', '127.0.0.1', '--port', String(port)], shell), 1);
  t.match(shell.printed.stderr, /does not speak PostgreSQL's protocol/);
});

t.test('reports that a server without passwords proves nothing', async (t) => {
  const { server, asAdmin, initDb } = await aJob(t);
  await server.admit(['host all all all trust']);
  t.match(await asAdmin(LOGIN), {
    exitCode: 0,
    stdout: /made role app\n.*made database shop\n$/,
    stderr: /without asking for a password, so nothing is proven/,
  });
  await server.sql('DROP DATABASE shop');
  t.match(await asAdmin(NEW), { exitCode: 1, stderr: /asks role app for no password/ });
  t.match(await initDb(NEW), { exitCode: 1, stderr: /has no database shop/ });
});

t.test('refuses options that contradict each other', async (t) => {
  const dir = mkdtempSync(join(t.testdir(), 'empty-'));
  for (const [args, words] of [
    [['--recreate'], /give the --admin-dir/],
    [['--admin-dir', join(dir, 'nowhere')], /cannot read .*ENOENT/],
    [['--admin-dir', dir], /holds neither POSTGRES_USER/],
    [['--tls', 'verify-ca', '--ca-file', join(dir, 'nowhere')], /cannot read .*ENOENT/],
    [['--port', '70000'], /from 1 to 65535/],
    [['--port', '5432x'], /from 1 to 65535/],
  ] as const) {
    const shell = aShell(LOGIN);
    t.equal(await run(['init-db', '--host', '127.0.0.1', ...args], shell), 2, args.join(' '));
    t.match(shell.printed.stderr, words);
  }
});
