import t from 'tap';
import { compileCredential } from '../../../../src/engine/login/credential-schema/compile.ts';
import { findLogin } from '../../../../src/engine/login/in-secret/login-keys.ts';
import { loginRefusal, readLogin } from '../../../../src/engine/login/new-credential/chosen-login.ts';
import { copyIn, mayBeAdministrator } from '../../../../src/engine/login/new-credential/copies.ts';
import {
  canonicalHost,
  namedServer,
  serviceOfHost,
} from '../../../../src/engine/login/new-credential/named-server.ts';
import { refusalOf } from '../../../../src/engine/login/new-credential/refusal.ts';
import { type ScaffoldFacts, scaffoldOf } from '../../../../src/engine/login/new-credential/scaffold.ts';
import { strategyFor } from '../../../../src/engine/login/new-credential/strategy.ts';
import { tlsFor } from '../../../../src/engine/login/new-credential/tls.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { commentedYaml } from '../../../../src/manifest/write/commented-yaml.ts';
import { printable } from '../../../../src/report/printable.ts';
import { aSecret, builtins, GOOD, testContext } from '../../../helpers/engine/engine.ts';
import { fc } from '../../../helpers/property.ts';

type Values = Parameters<typeof aSecret>[0];
const BASE = { POSTGRES_USER: 'app', POSTGRES_PASSWORD: GOOD.password };
const inShop = (data: Values, rest: Partial<Secret> = {}) =>
  aSecret(data, { name: 'app', namespace: 'shop', ...rest });

function serverOf(data: Values) {
  const secret = inShop(data);
  const login = readLogin(secret, findLogin(secret), builtins);
  return login?.stated === undefined ? login?.faults.at(-1) : login.stated.server;
}

t.test('the server has the spelling of the Secret', async (t) => {
  t.match(serverOf({ ...BASE, POSTGRES_HOST: 'db' }), {
    host: 'db',
    port: 5432,
    source: 'POSTGRES_HOST of the Secret',
  });
  t.match(serverOf({ ...BASE, PGHOST: 'db.example.com', PGPORT: '6543' }), {
    host: 'db.example.com',
    port: 6543,
  });
  const url = `postgresql://app:${GOOD.password}@pg.shop.svc:5433/shop`;
  t.match(serverOf({ ...BASE, DATABASE_URL: url }), {
    host: 'pg.shop.svc',
    port: 5433,
    source: 'DATABASE_URL of the Secret',
  });
  t.match(serverOf({ DATABASE_URL: url }), { host: 'pg.shop.svc', port: 5433 });
  t.match(serverOf({ username: 'app', password: GOOD.password, host: 'pg', port: '5433' }), {
    host: 'pg',
    port: 5433,
  });
  t.equal(serverOf(BASE), undefined);
});

t.test('a server that no pod can use, or a value that is no host, is a fault', async (t) => {
  const to = (hosts: string) => ({
    ...BASE,
    DATABASE_URL: `postgresql://app:${GOOD.password}@${hosts}/shop`,
  });
  t.match(serverOf(to('a:5432,b:5432')), { fault: /names several servers/ });
  t.match(serverOf({ ...BASE, POSTGRES_HOST: '/var/run/postgresql' }), { fault: /folder of a socket/ });
  t.match(serverOf({ ...BASE, POSTGRES_HOST: GOOD.password }), { fault: /value of a sensitive key/ });
  t.match(serverOf({ ...BASE, POSTGRES_HOST: 'a b' }), { fault: /names no host/ });
});

t.test('the server next to the chosen login counts, also in a URL without a login', async (t) => {
  const pair = { DB_USER: 'app', DB_PASSWORD: GOOD.password };
  t.match(serverOf({ ...pair, DB_HOST: 'own', POSTGRES_HOST: 'other' }), { host: 'own' });
  t.match(serverOf({ ...pair, POSTGRES_HOST: 'other' }), { host: 'other' });
  const jdbc = { SPRING_DATASOURCE_USERNAME: 'app', SPRING_DATASOURCE_PASSWORD: GOOD.password };
  const secret = inShop({ ...jdbc, SPRING_DATASOURCE_URL: 'jdbc:postgresql://db:5433/shop?sslmode=require' });
  t.match(readLogin(secret, findLogin(secret), builtins)?.stated, {
    server: { host: 'db', port: 5433, source: 'SPRING_DATASOURCE_URL of the Secret' },
    tls: 'require',
    database: 'shop',
    databaseIn: { url: 'SPRING_DATASOURCE_URL' },
  });
  t.equal(serverOf({ ...jdbc, SPRING_DATASOURCE_URL: 'jdbc:mysql://db/shop' }), undefined);
});

t.test('variables in clear name a server, and no list or socket', async (t) => {
  const named = (variables: Readonly<Record<string, string>>) =>
    namedServer('Deployment/api', new Map(Object.entries(variables)));
  const source = 'DB_HOST of Deployment/api';
  t.same(named({ DB_HOST: 'db', DB_PORT: '6543' }), { host: 'db', port: 6543, source });
  t.match(named({ PGHOST: 'db.example.com' }), { host: 'db.example.com', port: 5432 });
  for (const host of ['a,b', '/run/postgresql', '$(HOST)', ''])
    t.equal(named({ DB_HOST: host }), undefined, host);
  t.equal(named({ DB_HOST: 'db', DB_PORT: 'x' }), undefined);
});

t.test('each spelling of a Service is one', async (t) => {
  for (const host of ['db', 'DB', 'db.shop', 'db.shop.svc', 'db.shop.svc.cluster.local.'])
    t.equal(canonicalHost(host, 'shop'), 'db.shop', host);
  t.same(serviceOfHost('db', 'shop'), { namespace: 'shop', name: 'db' });
  t.same(serviceOfHost('db.data.svc', 'shop'), { namespace: 'data', name: 'db' });
  for (const host of ['example.com', '10.0.0.1', 'localhost', 'a.b.example.com'])
    t.equal(serviceOfHost(host, 'shop'), undefined, host);
});

t.test('a Secret that can have no PostgresCredential is refused with the reason', async (t) => {
  const refused = (rest: Partial<Secret>, name?: string) =>
    refusalOf(
      inShop(BASE, rest),
      testContext,
      name === undefined ? name : { kind: 'PostgresCredential', name },
    );
  t.equal(refused({}), undefined);
  t.match(refused({ type: 'lockstep.dev/record' }), /is a record of lockstep/);
  t.match(refused({ immutable: true }), /immutable/);
  t.match(refused({ deleting: true }), /being deleted/);
  t.match(refused({ namespace: 'kube-system' }), /in a system namespace/);
  t.match(refused({}, 'app'), /PostgresCredential app names it already: lockstep doctor shop\/app/);
  t.match(
    refused({ labels: new Map([['cnpg.io/cluster', 'pg']]) }),
    /CloudNativePG.*#other-managers-of-a-role/,
  );
  t.match(refused({ labels: new Map([['application', 'spilo']]) }), /Zalando's operator/);
  t.equal(refused({ labels: new Map([['reconcile.external-secrets.io/managed', 'true']]) }), undefined);
});

t.test('a Secret without one login of PostgreSQL is refused with the choice', async (t) => {
  const refused = (data: Values) => loginRefusal(findLogin(inShop(data)));
  t.match(refused({ JWT_SECRET: GOOD.password }), /holds no login/);
  t.match(refused({ MYSQL_USER: 'app', MYSQL_PASSWORD: GOOD.password }), /login of mysql/);
  t.match(
    refused({ ...BASE, DB_USER: 'other', DB_PASSWORD: GOOD.other }),
    /holds 2 logins, so choose one by --keys POSTGRES_USER,POSTGRES_PASSWORD, or --keys DB_USER,DB_PASSWORD/,
  );
});

t.test('TLS is what the URL asks for, or what the server offers', async (t) => {
  const secret = inShop(BASE);
  t.same(tlsFor(secret, 'prefer', undefined), { tls: undefined, missing: [] });
  t.same(tlsFor(secret, 'disable', undefined).tls, undefined);
  t.match(tlsFor(secret, 'require', undefined), { tls: { mode: 'require' }, missing: [] });
  t.match(tlsFor(secret, 'prefer', true), { tls: { mode: 'require' } });
  t.match(tlsFor(secret, 'require', false).missing, [/offers none/]);
  t.match(tlsFor(secret, 'verify-full', undefined), { tls: { mode: 'verify-full' }, missing: [] });
  t.match(tlsFor(secret, 'verify-ca', undefined), { tls: undefined, missing: [/caSecretName/] });
});

const UNKNOWN = {
  hasAdmin: true,
  adminRights: undefined,
  role: undefined,
  withoutUser: [],
  writer: undefined,
};

t.test('two roles alternate only if an administrator may make the second', async (t) => {
  const chosen = (facts: Partial<Parameters<typeof strategyFor>[0]>) =>
    strategyFor({ ...UNKNOWN, ...facts }).strategy;
  t.equal(chosen({}), 'AlternatingUsers');
  t.equal(chosen({ adminRights: { mayAlter: true, mayCreateRoles: true } }), 'AlternatingUsers');
  t.equal(chosen({ adminRights: { mayAlter: true, mayCreateRoles: false } }), 'SingleUser');
  t.equal(chosen({ hasAdmin: false }), 'SingleUser');
  t.equal(chosen({ hasAdmin: false, role: { privileges: ['CREATEROLE'] } }), 'SingleUser');
  t.equal(chosen({ withoutUser: ['Deployment/api'] }), 'SingleUser');
  t.equal(chosen({ writer: 'External Secrets' }), 'SingleUser');
});

t.test('a copy has the same password, or the same role and server', async (t) => {
  const sought = {
    role: 'app',
    password: Sensitive.fromText(GOOD.password),
    place: { namespace: 'shop', name: 'app' },
    server: { host: 'db', port: 5432 },
  };
  const copy = (data: Values, namespace = 'reports', name = 'ledger') =>
    copyIn(aSecret(data, { namespace, name }), sought, builtins);
  const url = (host: string, password: string) => `postgresql://app:${password}@${host}/shop`;
  t.match(copy({ KEY: GOOD.password }), { keys: ['KEY'], hasSamePassword: true });
  t.match(copy({ DSN: url('anywhere', GOOD.password) }), { keys: ['DSN'], hasSamePassword: true });
  t.match(copy({ DSN: url('db.shop', GOOD.other) }), { keys: ['DSN'], hasSamePassword: false });
  t.equal(copy({ DSN: url('db', GOOD.other) }), undefined);
  t.match(copy({ DSN: url('db', GOOD.other) }, 'shop'), { hasSamePassword: false });
  t.equal(copy({ KEY: GOOD.password }, 'shop', 'app'), undefined);
  const derived = aSecret(
    { DSN: url('db', GOOD.password) },
    {
      namespace: 'shop',
      name: 'app-derived',
      labels: new Map([['lockstep.dev/derived', 'true']]),
      annotations: new Map([['lockstep.dev/derived-from', 'app']]),
    },
  );
  t.equal(copyIn(derived, sought, builtins), undefined);
  const agreed = (data: Values, source: string) =>
    copyIn(
      aSecret(data, {
        namespace: 'reports',
        name: 'ledger',
        annotations: new Map([['lockstep.dev/copy-of', source]]),
      }),
      sought,
      builtins,
    )?.agreed;
  const login = { DB_USER: 'app', DB_PASSWORD: GOOD.password };
  t.match(agreed(login, 'shop/app'), { user: 'DB_USER', password: 'DB_PASSWORD' });
  t.same(agreed({ KEY: GOOD.password }, 'shop/app'), { user: undefined, password: 'KEY' });
  t.equal(agreed(login, 'shop/other'), undefined);
  t.equal(agreed({ DSN: url('db', GOOD.password) }, 'shop/app'), undefined);
});

t.test('a Secret that may hold an administrator has its name or its user', async (t) => {
  const sought = {
    role: 'app',
    password: Sensitive.fromText(GOOD.password),
    place: { namespace: 'shop', name: 'app' },
    server: undefined,
  };
  const may = (data: Values, name = 'pg', namespace = 'shop') =>
    mayBeAdministrator(aSecret(data, { namespace, name }), sought);
  const login = { username: 'dba', password: GOOD.other };
  t.ok(may(login, 'postgres-admin'));
  t.ok(may({ POSTGRES_PASSWORD: GOOD.other }));
  t.notOk(may(login));
  t.notOk(may(login, 'postgres-admin', 'other'));
  t.notOk(may({ ...login, username: 'app' }, 'postgres-admin'));
  t.notOk(may({ ...login, port: '3306' }, 'mysql-admin'));
  t.notOk(may({ JWT_SECRET: GOOD.other }, 'admin'));
});

const name = fc.stringMatching(/^[a-z]{1,8}$/);
const sentence = fc.string();
const facts: fc.Arbitrary<ScaffoldFacts> = fc.record({
  place: fc.record({ namespace: name, name }),
  takenNames: fc.array(name),
  keys: fc.record(
    {
      user: fc.constantFrom('POSTGRES_USER', 'DB_USER'),
      password: fc.constantFrom('POSTGRES_PASSWORD', 'password'),
      database: fc.constantFrom('DB_NAME', undefined),
    },
    { requiredKeys: [] },
  ),
  server: fc.record({ host: name, port: fc.integer({ min: 1, max: 65_535 }), source: sentence }),
  tls: fc.option(fc.record({ mode: fc.constantFrom('require', 'verify-full'), reason: sentence }), {
    nil: undefined,
  }),
  adminSecretName: fc.constantFrom('the-admin-secret'),
  strategy: fc.record({ strategy: fc.constantFrom('SingleUser', 'AlternatingUsers'), reason: sentence }),
  consumers: fc.record({ restart: fc.boolean(), reason: sentence }),
  copies: fc.uniqueArray(
    fc.record({
      namespace: name,
      name,
      keys: fc.array(name),
      hasSamePassword: fc.boolean(),
      agreed: fc.option(
        fc.record({
          user: fc.option(fc.constant('DB_USER'), { nil: undefined }),
          password: fc.constant('PW'),
        }),
        { nil: undefined },
      ),
    }),
    { selector: (one) => `${one.namespace}/${one.name}` },
  ),
  missing: fc.array(sentence),
  notes: fc.array(sentence),
});

t.test(
  'the document is a valid PostgresCredential of a free name, and comments never change it',
  async (t) => {
    const { parse } = await import('yaml');
    fc.assert(
      fc.property(facts, (all) => {
        const scaffold = scaffoldOf(all);
        const { metadata } = scaffold.document as { metadata: { name: string } };
        const comments = scaffold.comments.map(({ path, lines }) => ({ path, lines: lines.map(printable) }));
        t.same(parse(commentedYaml(scaffold.document, comments)), scaffold.document);
        t.notOk('problems' in compileCredential(scaffold.document));
        t.notOk(all.takenNames.includes(metadata.name));
      }),
    );
  },
);
