import t from 'tap';
import { findLogin, serverKeysOf } from '../../../../src/engine/login/in-secret/login-keys.ts';
import { aSecret, GOOD } from '../../../helpers/engine/engine.ts';
import { fc } from '../../../helpers/property.ts';

const find = (data: Readonly<Record<string, string>>) => findLogin(aSecret(data));
const url = (user: string, password: string, scheme = 'postgresql') =>
  `${scheme}://${user}:${password}@db.example.com/shop`;

t.test('finds user, password and database by one prefix, in any spelling', async (t) => {
  for (const [user, password, database] of [
    ['POSTGRES_USER', 'POSTGRES_PASSWORD', 'POSTGRES_DB'],
    ['POSTGRESQL_USERNAME', 'POSTGRESQL_PASSWORD', 'POSTGRESQL_DATABASE'],
    ['PGUSER', 'PGPASSWORD', 'PGDATABASE'],
    ['DB_USER', 'DB_PASSWORD', 'DB_NAME'],
    ['DB_USERNAME', 'DB_PASS', 'DB_DATABASE'],
    ['db-user', 'db-password', 'db-name'],
    ['dbUser', 'dbPassword', 'dbName'],
    ['username', 'password', 'dbname'],
    ['LEDGER_DB_USER', 'LEDGER_DB_PASSWORD', 'LEDGER_DB_NAME'],
  ] as const)
    t.same(
      find({ [user]: 'app', [password]: GOOD.password, [database]: 'shop', JWT_SECRET: GOOD.other }),
      { kind: 'login', keys: { user, password, database } },
      user,
    );
});

t.test('two spellings of one login are one, and the default keys are preferred', async (t) => {
  const pair = { DB_USER: 'app', DB_PASSWORD: GOOD.password };
  const both = { ...pair, POSTGRES_USER: 'app', POSTGRES_PASSWORD: GOOD.password };
  t.match(find(both), { kind: 'login', keys: { user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD' } });
  t.match(find({ ...both, POSTGRES_PASSWORD: GOOD.other }), {
    kind: 'several',
    choices: [{ user: 'POSTGRES_USER' }, { user: 'DB_USER' }],
  });
});

t.test('the values of a URL name the keys, whatever these are called', async (t) => {
  const data = { owner: 'app', key: GOOD.password, DATABASE_URL: url('app', GOOD.password) };
  t.match(find(data), { kind: 'login', keys: { user: 'owner', password: 'key' } });
});

t.test('a login of another system is none of PostgreSQL', async (t) => {
  for (const data of [
    { MYSQL_USER: 'app', MYSQL_PASSWORD: GOOD.password },
    { DB_USER: 'app', DB_PASSWORD: GOOD.password, DB_PORT: '3306' },
    { DB_USER: 'app', DB_PASSWORD: GOOD.password, DB_CONNECTION: 'mysql' },
    { username: 'app', password: GOOD.password, port: '3306' },
    { DATABASE_URL: url('app', GOOD.password, 'mysql') },
  ])
    t.same(find(data), { kind: 'other-system', system: 'mysql' }, Object.keys(data).join());
  t.match(find({ SMTP_USER: 'mail', SMTP_PASSWORD: GOOD.other, PGUSER: 'app', PGPASSWORD: GOOD.password }), {
    kind: 'login',
    keys: { user: 'PGUSER' },
  });
});

t.test('a login without a user, or only in a URL, is told by its parts', async (t) => {
  t.same(find({ 'postgres-password': GOOD.password }), { kind: 'no-user', passwords: ['postgres-password'] });
  t.same(find({ DATABASE_URL: url('app', GOOD.password), ADMIN_USER: 'root', ADMIN_PASSWORD: GOOD.other }), {
    kind: 'in-url',
    urls: ['DATABASE_URL'],
  });
  for (const data of [{ JWT_SECRET: GOOD.password }, { 'tls.crt': 'x' }, {}, { POSTGRES_PASSWORD: '' }])
    t.same(find(data), { kind: 'none' }, Object.keys(data).join());
});

t.test('the server is next to the login', async (t) => {
  const data = { host: 'db', port: '5433', DB_HOST: 'other', username: 'app', password: GOOD.password };
  t.same(serverKeysOf(aSecret(data), { password: 'password' }), { host: 'host', port: 'port' });
  t.same(serverKeysOf(aSecret(data), { password: 'DB_PASSWORD' }), { host: 'DB_HOST', port: undefined });
});

const word = fc.constantFrom(
  'POSTGRES_USER',
  'PGUSER',
  'DB_PASSWORD',
  'password',
  'user',
  'MYSQL_USER',
  'DB_NAME',
);
const value = fc.oneof(
  fc.constantFrom('', 'app', 'shop', GOOD.password, url('app', GOOD.password)),
  fc.string(),
);

t.test('a found login has a value under each of its keys, and they are three', async (t) => {
  fc.assert(
    fc.property(fc.dictionary(fc.oneof(word, fc.stringMatching(/^[-._a-zA-Z0-9]{1,12}$/)), value), (data) => {
      const found = find(data);
      const all = found.kind === 'login' ? [found.keys] : found.kind === 'several' ? found.choices : [];
      return all.every(({ user, password, database }) => {
        const keys = [user, password, ...(database === undefined ? [] : [database])];
        return new Set(keys).size === keys.length && keys.every((key) => (data[key] ?? '') !== '');
      });
    }),
  );
  t.pass();
});

t.test('a Secret with as many keys as fit is read in little time', async (t) => {
  const data = Object.fromEntries(
    Array.from({ length: 30_000 }, (_, index) => [
      [`A${index}_USER`, 'a'],
      [`A${index}_PASSWORD`, 'b'],
    ]).flat(),
  );
  t.match(find(data), { kind: 'login' });
});
