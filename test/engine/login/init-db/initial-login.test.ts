import t from 'tap';
import { validateInitialLogin } from '../../../../src/engine/login/init-db/initial-login.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { builtins, GOOD, testContext } from '../../../helpers/engine/engine.ts';

const validated = (values: Readonly<Record<string, string | Uint8Array>>) =>
  validateInitialLogin(
    new Map(
      Object.entries(values).map(([key, value]) => [
        key,
        typeof value === 'string' ? Sensitive.fromText(value) : Sensitive.fromBytes(value),
      ]),
    ),
    builtins,
    testContext,
  );

const LOGIN = { POSTGRES_USER: 'app', POSTGRES_PASSWORD: GOOD.password, POSTGRES_DB: 'shop' };

t.test('accepts a valid login unchanged', async (t) => {
  const { login, errors: refused, warnings: noted } = validated(LOGIN);
  t.match(login, { role: 'app', database: 'shop', key: 'POSTGRES_PASSWORD' });
  t.ok(login?.password.equals(Sensitive.fromText(GOOD.password)));
  t.same([refused, noted], [[], []]);
});

t.test('uses the defaults of the image', async (t) => {
  const { POSTGRES_PASSWORD } = LOGIN;
  t.match(validated({ POSTGRES_PASSWORD }).login, { role: 'postgres', database: 'postgres' });
  t.match(validated({ POSTGRES_PASSWORD, POSTGRES_USER: 'app', POSTGRES_DB: '' }).login, {
    role: 'app',
    database: 'app',
  });
  t.match(validated({ username: 'app', password: GOOD.password, dbname: 'shop' }).login, {
    role: 'app',
    database: 'shop',
    key: 'password',
  });
});

t.test('refuses a password that the image or PostgreSQL would change', async (t) => {
  for (const [password, rule] of [
    [`${GOOD.password}\n`, 'trailing-newline'],
    [`${GOOD.password}\nsecond line`, 'control-character'],
    [`${GOOD.password}\r`, 'trailing-newline'],
    [`tab\t${GOOD.password}`, 'control-character'],
    [`"${GOOD.password}"`, 'quoted'],
    [`'${GOOD.password}'`, 'quoted'],
    ['md5d41d8cd98f00b204e9800998ecf8427e', 'hash-shaped'],
    ['SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy', 'hash-shaped'],
    ['CHANGE_ME', 'placeholder'],
    ['$(openssl rand -base64 24)', 'placeholder'],
    ['${DB_PASSWORD}', 'unrendered-template'],
    ['kX9#q2v', 'min-length'],
    [`no\u00a0break ${GOOD.password}`, 'unstable-unicode'],
    [Uint8Array.of(0xff, 0xfe, 0x80, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13), 'control-character'],
  ] as const) {
    const { login, errors: refused } = validated({ ...LOGIN, POSTGRES_PASSWORD: password });
    t.equal(login, undefined, rule);
    t.match(refused.join('\n'), /^POSTGRES_PASSWORD .*\[lockstep\//m, rule);
    t.ok(
      refused.some((line) => line.includes(`[lockstep/${rule}]`)),
      `${rule}: ${refused}`,
    );
  }
});

t.test('refuses a login without a password', async (t) => {
  for (const values of [{}, { POSTGRES_USER: 'app' }, { ...LOGIN, POSTGRES_PASSWORD: '' }])
    t.same(validated(values), {
      login: undefined,
      errors: ['POSTGRES_PASSWORD has no value: set one'],
      warnings: [],
    });
});

t.test('refuses names that PostgreSQL refuses or truncates, or that no URL can hold', async (t) => {
  const of = (values: Readonly<Record<string, string>>) => validated({ ...LOGIN, ...values }).errors.join();
  t.match(of({ POSTGRES_USER: 'pg_app' }), /^POSTGRES_USER begins with pg_/);
  t.match(of({ POSTGRES_USER: 'ä'.repeat(32) }), /^POSTGRES_USER is longer than 63 bytes/);
  t.match(of({ POSTGRES_DB: 'my db' }), /^POSTGRES_DB .*\[lockstep\/unportable-name\]/);
  t.match(of({ POSTGRES_USER: 'app\n' }), /^POSTGRES_USER .*\[lockstep\/trailing-newline\]/);
  t.match(validated({ username: 'pg_x', password: GOOD.password }).errors.join(), /^username begins/);
});

t.test('messages hold no value, and hostile key names change nothing', async (t) => {
  const data = new Map([
    ['__proto__', Sensitive.fromText('x')],
    ['constructor', Sensitive.fromText('y')],
    ['POSTGRES_PASSWORD', Sensitive.fromText('"canary-of-this-test"')],
  ]);
  const reported = validateInitialLogin(data, builtins, testContext);
  t.notMatch(JSON.stringify(reported), /canary/);
  t.equal(reported.errors.length, 1);
});
