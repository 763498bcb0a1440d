import t from 'tap';
import { tryLogin } from '../../../src/commands/login-attempts/try-login.ts';
import { FORMATS } from '../../../src/report/check/formats.ts';
import type { CheckedSecret } from '../../../src/report/check-report.ts';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { checkOutput } from '../../helpers/commands/commands.ts';
import { plainManifests } from '../../helpers/commands/plain-manifests.ts';
import { freePort } from '../../testbed/process/ports.ts';
import { aRedis } from '../../testbed/redis/redis.ts';

const [password, other] = [aCanary(), aCanary()];
const config = [`requirepass ${password}`, `user shop on >${password} ~* +@all`];
const server = await aRedis(t, { config });
const at = `${server.host}:${server.port}`;

async function checked(stringData: Readonly<Record<string, string>>, format = 'json') {
  const manifests = plainManifests({
    'k8s/app.yaml': [{ metadata: { name: 'app', namespace: 'shop' }, stringData }],
  });
  const options = { format, connectTimeout: 1000 };
  return checkOutput(manifests, ['k8s/app.yaml'], options, tryLogin);
}

async function reported(stringData: Readonly<Record<string, string>>) {
  const { stdout, exitCode } = await checked(stringData);
  const { secrets, errors } = JSON.parse(stdout) as {
    readonly secrets: readonly CheckedSecret[];
    readonly errors: readonly { readonly message: string }[];
  };
  const findings = secrets.flatMap(({ findings: found }) => found.filter(({ rule }) => rule === 'login'));
  return { exitCode, findings, errors };
}

t.test('accepts a login that opens its server', async (t) => {
  const keys = { REDIS_PASSWORD: password, REDIS_HOST: server.host, REDIS_PORT: String(server.port) };
  for (const secret of [
    { REDIS_URL: `redis://:${password}@${at}/0` },
    { CACHE: `redis://shop:${password}@${at}` },
    keys,
    { ...keys, REDIS_USERNAME: 'shop' },
  ])
    t.match(await reported(secret), { exitCode: 0, findings: [], errors: [] }, Object.keys(secret).join());
});

t.test('denies a refused login once, at the key of its password', async (t) => {
  const message =
    /^does not open the server that the Secret names \(WRONGPASS\): wrong password, no such user/;
  for (const [key, secret] of [
    ['REDIS_URL', { REDIS_URL: `redis://:${other}@${at}/0` }],
    ['REDIS_URL', { REDIS_URL: `redis://nobody:${password}@${at}` }],
    ['REDIS_PASSWORD', { REDIS_PASSWORD: other, REDIS_URL: `redis://:${other}@${at}/0` }],
    ['REDIS_PASSWORD', { REDIS_PASSWORD: other, REDIS_HOST: server.host, REDIS_PORT: String(server.port) }],
    [
      'REDIS_PASSWORD',
      {
        REDIS_PASSWORD: other,
        REDIS_HOST: server.host,
        REDIS_PORT: String(server.port),
        REDIS_URL: `redis://:${other}@${at}`,
      },
    ],
  ] as const) {
    const { exitCode, findings, errors } = await reported(secret);
    t.match({ exitCode, errors }, { exitCode: 1, errors: [] });
    t.match(findings, [{ key, action: 'Enforce', message }]);
    t.equal(findings.length, 1);
  }
});

t.test('warns about a server that asks for no password', async (t) => {
  const open = await aRedis(t);
  t.match(await reported({ REDIS_URL: `redis://:${other}@${open.host}:${open.port}` }), {
    exitCode: 0,
    findings: [{ action: 'Warn', message: /nothing is proven$/, fix: 'set requirepass' }],
  });
});

t.test("reports a login that can't be tried as an error", async (t) => {
  const [sentinel, tls] = [
    await aRedis(t, { sentinel: true }),
    await aRedis(t, { config, tls: { names: [] } }),
  ];
  const nobody = `${server.host}:${await freePort(server.host)}`;
  for (const [url, why] of [
    [`redis://:${password}@redis:6379`, /such a name is known inside of a cluster alone$/],
    [`redis://:${password}@${nobody}`, /nothing listens there$/],
    [`redis://:${password}@${sentinel.host}:${sentinel.port}`, /a Sentinel answers there/],
    [`rediss://:${password}@${at}`, /no TLS connection came about as the scheme of the URL asks/],
    [`redis://:${password}@${tls.host}:${tls.port}`, /no TLS connection came about as the scheme/],
  ] as const)
    t.match(await reported({ REDIS_URL: url }), { exitCode: 2, findings: [], errors: [{ message: why }] });
});

t.test('prints no value, in any format', async (t) => {
  const user = aCanary();
  for (const format of FORMATS) {
    const { stdout, stderr } = await checked({ REDIS_URL: `redis://${user}:${other}@${at}` }, format);
    t.match(stdout, 'does not open the server that the Secret names', format);
    t.same(findCanaries(stdout + stderr, [other, user]), [], format);
  }
});
