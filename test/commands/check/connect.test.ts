import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import type { TryLogin } from '../../../src/commands/login-attempts/attempts.ts';
import { tryLogin } from '../../../src/postgres/protocol/login.ts';
import { FORMATS } from '../../../src/report/check/formats.ts';
import type { CheckedSecret } from '../../../src/report/check-report.ts';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { start } from '../../helpers/cluster/lockstep.ts';
import { checkOutput, lockstep } from '../../helpers/commands/commands.ts';
import { type PlainManifest, plainManifests } from '../../helpers/commands/plain-manifests.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { aFakeServer } from '../../helpers/postgres/fake-server.ts';
import { answerQuery, HOSTILE_ANSWERS } from '../../helpers/postgres/hostile-answers.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { aPostgres } from '../../testbed/postgres/postgres.ts';
import { freePort } from '../../testbed/process/ports.ts';

const password = aCanary();
const other = aCanary();
const server = await aPostgres(t, { host: '127.0.0.2' });
await server.sql(`CREATE ROLE shop LOGIN PASSWORD '${password}'`);
await server.sql('CREATE DATABASE orders OWNER shop');

const at = `${server.host}:${server.port}`;
const url = (login: string, rest = `${at}/orders`) => `postgresql://${login}@${rest}`;
const right = url(`shop:${password}`);

let name = 0;
const secret = (stringData: Readonly<Record<string, string>>): PlainManifest => ({
  metadata: { name: `app-${++name}`, namespace: 'shop' },
  stringData,
});

const printed: string[] = [];

async function connected(
  objects: readonly PlainManifest[],
  options: Parameters<typeof checkOutput>[2] = {},
  by: TryLogin = tryLogin,
) {
  const manifests = plainManifests({ 'k8s/app.yaml': objects });
  const end = await checkOutput(manifests, ['k8s/app.yaml'], { format: 'json', ...options }, by);
  printed.push(end.stdout, end.stderr);
  return end;
}

async function reported(...objects: readonly PlainManifest[]) {
  const { stdout, exitCode } = await connected(objects);
  const { secrets, errors } = JSON.parse(stdout) as {
    readonly secrets: readonly CheckedSecret[];
    readonly errors: readonly { readonly message: string }[];
  };
  const findings = secrets.flatMap(({ findings: found }) => found.filter(({ rule }) => rule === 'login'));
  return { exitCode, verdicts: secrets.map(({ verdict }) => verdict), findings, errors };
}

t.test('accepts a login that opens its server', async (t) => {
  const keys = {
    POSTGRES_USER: 'shop',
    POSTGRES_PASSWORD: password,
    POSTGRES_DB: 'orders',
    POSTGRES_HOST: server.host,
    POSTGRES_PORT: String(server.port),
  };
  t.match(await reported(secret({ DATABASE_URL: right }), secret(keys)), {
    exitCode: 0,
    verdicts: ['allow', 'fix'],
    findings: [],
    errors: [],
  });
});

t.test('denies a refused login at its key, with the cause', async (t) => {
  for (const [value, message] of [
    [url(`shop:${other}`), /^does not open the server that the Secret names: wrong password, /],
    [url(`nobody:${password}`), /^does not open the server /],
    [url(`shop:${password}`, `${at}/absent`), /: the database is not there$/],
  ] as const)
    t.match(await reported(secret({ DATABASE_URL: value })), {
      exitCode: 1,
      verdicts: ['deny'],
      findings: [{ rule: 'login', key: 'DATABASE_URL', action: 'Enforce', message, line: 1 }],
      errors: [],
    });
});

t.test('names the base key of the password', async (t) => {
  const keys = { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: other, POSTGRES_DB: 'orders' };
  t.match(await reported(secret({ ...keys, DATABASE_URL: url(`shop:${other}`) })), {
    exitCode: 1,
    findings: [{ key: 'POSTGRES_PASSWORD' }],
  });
});

t.test("reports a login that can't be tried as an error, not as a denial", async (t) => {
  const nobody = await freePort('127.0.0.2');
  const silent = createServer(() => {});
  const silentPort = await freePort('127.0.0.2');
  silent.listen(silentPort, '127.0.0.2');
  await once(silent, 'listening');
  t.teardown(() => silent.close());
  for (const [place, why] of [
    ['postgres-service:5432/orders', /not known here; such a name is known inside of a cluster alone$/],
    ['db.shop.svc:5432/orders', /such a name is known inside of a cluster alone$/],
    ['db.shop.invalid:5432/orders', /the name of the host is not known here$/],
    [`127.0.0.2:${nobody}/orders`, /nothing listens there$/],
    [`${at}/orders?sslmode=require`, /no TLS connection came about as sslmode asks for it$/],
  ] as const)
    t.match(await reported(secret({ DATABASE_URL: url(`shop:${password}`, place) })), {
      exitCode: 2,
      verdicts: ['allow'],
      findings: [],
      errors: [{ message: why }],
    });
  const { exitCode, stdout } = await connected(
    [secret({ DATABASE_URL: url(`shop:${password}`, `127.0.0.2:${silentPort}/orders`) })],
    { connectTimeout: 300, format: 'text' },
  );
  t.equal(exitCode, 2);
  t.match(
    stdout,
    /error {2}the login of DATABASE_URL in Secret shop\/app-\d+ could not be tried:\s+there was no answer in time/,
  );
  t.match(stdout, /1 Secret in 1 file: 1 allowed; 1 login not tried\n$/);
});

t.test('reports a false server as one, whatever it answers', async (t) => {
  const answers = Object.values(HOSTILE_ANSWERS);
  const objects = [];
  for (const answer of answers) {
    const { host, port } = await aFakeServer(t, (socket) => answerQuery(socket, answer));
    objects.push(secret({ DATABASE_URL: url(`shop:${password}`, `${host}:${port}/orders`) }));
  }
  const documents = objects.map((object) => JSON.stringify({ apiVersion: 'v1', kind: 'Secret', ...object }));
  const folder = t.testdir({ 'app.yaml': documents.join('\n---\n') });
  const release = start(t, {
    file: process.execPath,
    args: [entryPoint(), 'check', folder, '--connect', '--format', 'json'],
  });
  t.equal(await release.exited, 2);
  const { errors } = JSON.parse(release.stdout());
  t.match(
    errors,
    Array(answers.length).fill({ message: /the program that answers there is not PostgreSQL$/ }),
  );
});

t.test('tries the next one of several hosts, as libpq does', async (t) => {
  const nobody = await freePort('127.0.0.2');
  const hosts = `127.0.0.2:${nobody},${at}/orders`;
  t.match(await reported(secret({ DATABASE_URL: url(`shop:${password}`, hosts) })), {
    exitCode: 0,
    errors: [],
  });
  t.match(await reported(secret({ DATABASE_URL: url(`shop:${other}`, hosts) })), { exitCode: 1 });
});

t.test('warns about a server that accepts every password', async (t) => {
  const trusting = await aPostgres(t, { hba: ['host all all all trust'] });
  await trusting.sql('CREATE ROLE shop LOGIN');
  await trusting.sql('CREATE DATABASE orders');
  const value = url(`shop:${other}`, `${trusting.host}:${trusting.port}/orders`);
  t.match(await reported(secret({ DATABASE_URL: value })), {
    exitCode: 0,
    findings: [{ action: 'Warn', message: /nothing is proven$/ }],
  });
});

t.test('does not try a placeholder, or a login without a server', async (t) => {
  const tried: string[] = [];
  const noting: TryLogin = async ({ host }) => {
    tried.push(host);
    return { kind: 'ok', standby: false };
  };
  await connected(
    [
      secret({ TOKEN: GOOD.key }),
      secret({ POSTGRES_USER: 'shop', POSTGRES_PASSWORD: password }),
      secret({ DATABASE_URL: url('shop:CHANGE_ME') }),
      secret({ DATABASE_URL: `mysql://shop:${password}@mysql.test/orders` }),
      secret({ DATABASE_URL: url(`shop:${password}`, 'db.test:99999/orders') }),
      secret({ DATABASE_URL: url(`shop:${password}`, 'db.test/orders') }),
    ],
    {},
    noting,
  );
  t.same(tried, ['db.test']);
});

t.test('tries each login once, and an unreachable server once', async (t) => {
  const tried: string[] = [];
  const noting: TryLogin = async ({ host }) => {
    tried.push(host);
    return host === 'away.test' ? { kind: 'timeout' } : { kind: 'password-refused' };
  };
  const at = (host: string, login: string) =>
    secret({ DATABASE_URL: url(login, `${host}/orders`), DIRECT_URL: url(login, `${host}/orders`) });
  const { stdout, exitCode } = await connected(
    [
      at('away.test', `shop:${password}`),
      at('away.test', `audit:${other}`),
      at('here.test', `shop:${password}`),
      at('here.test', `audit:${other}`),
    ],
    {},
    noting,
  );
  t.same(tried.sort(), ['away.test', 'here.test', 'here.test']);
  t.equal(exitCode, 2);
  t.equal(JSON.parse(stdout).errors.length, 4, 'each that was not tried is told');
});

t.test('ends all attempts in time, and reports those that were not tried', async (t) => {
  const slow: TryLogin = ({ host }, _, { signal }) =>
    new Promise((resolve, reject) => {
      if (host === 'quick.test') resolve({ kind: 'ok', standby: false });
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  const objects = ['quick.test', ...Array.from({ length: 20 }, (_, index) => `slow-${index}.test`)].map(
    (host) => secret({ DATABASE_URL: url(`shop:${password}`, `${host}/orders`) }),
  );
  const { exitCode, stdout } = await connected(objects, { connectTimeout: 20 }, slow);
  t.equal(exitCode, 2);
  const { errors } = JSON.parse(stdout);
  t.equal(errors.length, 20);
  t.match(errors[19].message, /could not be tried: all logins together took too long$/);
});

t.test('prints no value, and no name that a Secret holds, in any format', async (t) => {
  const host = aCanary(20).toLowerCase();
  const objects = [
    secret({ DATABASE_URL: url(`shop:${other}`) }),
    secret({ DATABASE_URL: url(`${aCanary()}:${password}`, `${at}/${aCanary()}`) }),
    secret({ DATABASE_URL: url(`shop:${password}`, `${host}.invalid/orders`) }),
  ];
  for (const format of FORMATS) {
    const { stdout, exitCode } = await connected(objects, { format });
    t.equal(exitCode, 2);
    t.match(stdout, 'does not open the server that the Secret names', format);
    t.match(stdout, 'could not be tried', format);
    t.same(findCanaries(stdout, [host]), [], format);
  }
  t.same(findCanaries(printed.join('\n'), [password, other]), []);
});

t.test('separates refused logins from untried ones in reports for machines', async (t) => {
  const objects = [
    secret({ DATABASE_URL: url(`shop:${other}`) }),
    secret({ DATABASE_URL: url(`shop:${password}`, 'db.shop.invalid/orders') }),
  ];
  const { runs } = JSON.parse((await connected(objects, { format: 'sarif' })).stdout);
  t.same(
    runs[0].results.map(({ ruleId, level }: { ruleId: string; level: string }) => [ruleId, level]),
    [
      ['login', 'error'],
      ['login', 'error'],
    ],
  );
  t.ok(runs[0].tool.driver.rules.some(({ id }: { id: string }) => id === 'login'));
  const { stdout } = await connected(objects, { format: 'junit' });
  t.match(stdout, /tests="3" failures="1" errors="1"/);
  t.match(stdout, /name="can be tried".*\n\s+<error message="the login of DATABASE_URL /);
});

t.test('connects to no server without --connect', async (t) => {
  const folder = t.testdir({
    'app.yaml': `apiVersion: v1\nkind: Secret\nmetadata: {name: app, namespace: shop}\nstringData:\n  DATABASE_URL: ${url(`shop:${other}`)}\n`,
    'working.yaml': `apiVersion: v1\nkind: Secret\nmetadata: {name: works, namespace: shop}\nstringData:\n  DATABASE_URL: ${right}\n`,
  });
  const typed = (...args: readonly string[]) => lockstep('check', join(folder, 'app.yaml'), ...args);
  t.match(await typed(), { exitCode: 0, stderr: '' });
  t.match(await typed('--connect'), { exitCode: 1, stdout: /DATABASE_URL does not open [^[]*\[login\]\n/ });
  const release = start(t, {
    file: process.execPath,
    args: [entryPoint(), 'check', join(folder, 'app.yaml'), '--connect'],
  });
  t.equal(await release.exited, 1);
  t.match(release.stdout(), /DATABASE_URL does not open /);
  const accepted = start(t, {
    file: process.execPath,
    args: [entryPoint(), 'check', join(folder, 'working.yaml'), '--connect'],
  });
  t.equal(await accepted.exited, 0, 'the release also proves a login');
  t.match(await typed('--connect', '--connect-timeout', '5'), {
    exitCode: 2,
    stderr: /Write a number with s, m or h/,
  });
});
