import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../../../src/commands/program.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { tryLogin } from '../../../src/postgres/protocol/login.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { anOfficialImage, type OfficialImage } from '../../helpers/postgres/official-image.ts';

const LOGIN = { POSTGRES_USER: 'app', POSTGRES_PASSWORD: GOOD.password, POSTGRES_DB: 'shop' };

async function initDb(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const shell = aShell(env);
  return { exitCode: await run(['init-db', ...args], shell), ...shell.printed };
}

/** Logs in like an application, from an address that no line of pg_hba.conf trusts. */
const asApp = ({ service }: OfficialImage, password: string) =>
  tryLogin(
    { ...service, database: 'shop', tls: { mode: 'disable' } },
    { role: 'app', password: Sensitive.fromText(password) },
    { timeout: 10_000 },
  );

const allIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true }).map(String).sort();

t.test('accepts a login that an app can use after the first start', async (t) => {
  const image = await anOfficialImage(t);
  t.match(await initDb({ ...LOGIN, PGDATA: image.dataDir }), { exitCode: 0, stdout: /is empty/, stderr: '' });
  await image.start(LOGIN);
  t.match(await asApp(image, LOGIN.POSTGRES_PASSWORD), { kind: 'ok' });
});

t.test('refuses a login with which the image would lock the app out', async (t) => {
  for (const password of [
    `${GOOD.password}\n`,
    `${GOOD.password}\nmore`,
    'md5d41d8cd98f00b204e9800998ecf8427e',
  ]) {
    const image = await anOfficialImage(t);
    const env = { ...LOGIN, POSTGRES_PASSWORD: password };
    const { exitCode, stderr } = await initDb({ ...env, PGDATA: image.dataDir });
    t.equal(exitCode, 1);
    t.match(stderr, /^lockstep: POSTGRES_PASSWORD .*\[lockstep\/[\w-]+\]: /m);
    t.equal(await image.start(env), 'initialised', 'the image takes it');
    t.match(await asApp(image, password), { kind: 'password-refused' });
    t.match(
      await tryLogin(
        { ...image.loopback, database: 'shop', tls: { mode: 'disable' } },
        { role: 'app', password: Sensitive.fromText(password) },
        { timeout: 10_000 },
      ),
      { kind: 'ok', unproven: true },
      'and inside of the pod nobody notices',
    );
    await image.stop();
  }
});

t.test('reports that PostgreSQL does not read a password that changed only in the Secret', async (t) => {
  const image = await anOfficialImage(t);
  await image.start(LOGIN);
  await image.stop();
  const changed = { ...LOGIN, POSTGRES_PASSWORD: GOOD.other };
  const before = allIn(image.volume);
  t.match(await initDb(LOGIN, '--data-dir', image.dataDir), {
    exitCode: 0,
    stdout: /is not read again.*\n.*its role app has the password of POSTGRES_PASSWORD\n$/,
    stderr: '',
  });
  t.match(await initDb(changed, '--data-dir', image.dataDir), {
    exitCode: 0,
    stdout: /is not read again.*lockstep doctor.*\n$/,
    stderr: /^lockstep: its role app has another password than POSTGRES_PASSWORD: [^\n]*\n$/,
  });
  t.match(await initDb({ ...changed, POSTGRES_USER: 'stranger' }, '--data-dir', image.dataDir), {
    exitCode: 0,
    stderr: /it has no role stranger with a password/,
  });
  t.same(allIn(image.volume), before);
  t.equal(await image.start(changed), 'skipped');
  t.match(await asApp(image, GOOD.other), { kind: 'password-refused' });
  // The files of a running server are incomplete.
  t.match(await initDb(changed, '--data-dir', image.dataDir), { exitCode: 0, stderr: '' });
});

t.test('lets a database start whatever its Secret holds', async (t) => {
  const image = await anOfficialImage(t);
  await image.start(LOGIN);
  const { exitCode, stderr } = await initDb({ POSTGRES_PASSWORD: 'CHANGE_ME' }, '--data-dir', image.dataDir);
  t.equal(exitCode, 0);
  t.match(stderr, /POSTGRES_PASSWORD is a placeholder/);
  t.match(await initDb({}, '--data-dir', image.dataDir), { exitCode: 0, stderr: '' });
});

t.test('refuses a server of another release on the data', async (t) => {
  const image = await anOfficialImage(t);
  await image.start(LOGIN);
  const args = ['--data-dir', image.dataDir, '--major'] as const;
  t.match(await initDb(LOGIN, ...args, '19'), {
    exitCode: 1,
    stderr: /is of PostgreSQL 18, and PostgreSQL 19 does not/,
  });
  t.match(await initDb({ ...LOGIN, PG_MAJOR: '17' }, '--data-dir', image.dataDir), { exitCode: 1 });
  t.match(await initDb(LOGIN, ...args, '18'), { exitCode: 0 });
});

t.test('refuses the remains of a first start that died, and deletes nothing', async (t) => {
  for (const [dies, words] of [
    ['in initdb', /initdb did not complete.*Empty the volume/],
    ['in its set-up', /first start did not complete.*postmaster\.opts/],
  ] as const) {
    const image = await anOfficialImage(t);
    await image.start(LOGIN, { dies });
    const before = allIn(image.volume);
    t.match(await initDb(LOGIN, '--data-dir', image.dataDir), { exitCode: 1, stderr: words });
    t.match(await initDb(LOGIN, '--data-dir', image.dataDir, '--recreate'), { exitCode: 1 });
    t.same(allIn(image.volume), before);
  }
});

t.test('leaves the decision to recreate a data directory to a person, and explains it', async (t) => {
  const image = await anOfficialImage(t);
  t.match(await initDb(LOGIN, '--data-dir', image.dataDir, '--recreate'), {
    exitCode: 0,
    stdout: /is empty/,
  });
  await image.start(LOGIN);
  const before = allIn(image.volume);
  const { exitCode, stderr } = await initDb(LOGIN, '--data-dir', image.dataDir, '--recreate');
  t.equal(exitCode, 1);
  t.match(
    stderr,
    /is not deleted here.*\n {2}kubectl .* scale .*\n {2}kubectl .* delete persistentvolumeclaim/,
  );
  t.same(allIn(image.volume), before);
  t.match(await initDb(LOGIN, '--data-dir', image.dataDir, '--recreate', '--yes-delete-data=shop'), {
    exitCode: 2,
    stderr: /--yes-delete-data: it has no effect without --host/,
  });
});

t.test('reads the login from files, as a mounted Secret has them', async (t) => {
  const empty = join(t.testdir(), 'data');
  const secret = join(t.testdirName, 'secret');
  mkdirSync(join(secret, '..2026_11_25'), { recursive: true });
  for (const [key, value] of Object.entries(LOGIN)) writeFileSync(join(secret, key), value);
  const args = ['--data-dir', empty, '--secret-dir', secret] as const;
  t.match(await initDb({}, ...args), { exitCode: 0 });
  writeFileSync(join(secret, 'POSTGRES_PASSWORD'), `${GOOD.password}\n`);
  t.match(await initDb({}, ...args), { exitCode: 1, stderr: /POSTGRES_PASSWORD ends with a newline/ });
  const file = join(secret, 'POSTGRES_PASSWORD');
  t.match(await initDb({ POSTGRES_PASSWORD_FILE: file }, '--data-dir', empty), {
    exitCode: 1,
    stderr: /ends with a newline/,
  });
  t.match(await initDb({ POSTGRES_PASSWORD_FILE: '/dev/zero' }, '--data-dir', empty), {
    exitCode: 2,
    stderr: /is no file of 1 MiB at most/,
  });
  t.match(await initDb({ ...LOGIN, POSTGRES_PASSWORD_FILE: file }, '--data-dir', empty), {
    exitCode: 2,
    stderr: /POSTGRES_PASSWORD_FILE is set as well, which the image refuses/,
  });
  t.match(await initDb({}, '--data-dir', empty, '--secret-dir', join(secret, 'nowhere')), {
    exitCode: 2,
    stderr: /cannot read .*ENOENT/,
  });
});

t.test('asks for a data directory or a host', async (t) => {
  t.match(await initDb(LOGIN), { exitCode: 2, stderr: /give --data-dir, or the --host/ });
  t.match(await initDb({ ...LOGIN, POSTGRES_HOST_AUTH_METHOD: 'trust', PGDATA: join(t.testdir(), 'x') }), {
    exitCode: 0,
    stderr: /POSTGRES_HOST_AUTH_METHOD is trust/,
  });
});
