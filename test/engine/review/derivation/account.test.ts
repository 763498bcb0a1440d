import t from 'tap';
import { compilePolicy } from '../../../../src/engine/policy/compile/compile.ts';
import { permissionsFor } from '../../../../src/engine/review/own-writes/permissions.ts';
import { healingChanges } from '../../../../src/engine/versions/reconcile/repair.ts';
import {
  aCreate,
  anUpdate,
  aPolicy,
  aSecret,
  builtins,
  GOOD,
  reportedFindings,
  sentences,
  testContext,
  validated,
  withHeal,
  writtenValues,
} from '../../../helpers/engine/engine.ts';
import { aSecretPolicy } from '../../../helpers/policy/secret-policy.ts';

const elsewhere = { name: 'shop-db' };
const { password, other } = GOOD;
const BASES = { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: password, POSTGRES_DB: 'shop' };
const urlOf = (user: string, secret = other, rest = 'db:5432/shop') =>
  `postgresql://${user}:${secret}@${rest}`;
const result = (request: Parameters<typeof validated>[0]) => {
  const decision = validated(request, builtins);
  return [writtenValues(decision), reportedFindings(decision)];
};

t.test('in a Secret of strangers, leaves the URL of another user alone, and says so', async (t) => {
  for (const url of [
    urlOf('reports'),
    urlOf('reports', other, 'warehouse:5432/reports'),
    'postgresql://reports@db/shop',
    `host=db user=reports password=${other} dbname=reports`,
    `jdbc:postgresql://db/reports?user=reports&password=${other}`,
  ]) {
    const request = aCreate({ ...BASES, DATABASE_URL: url }, elsewhere);
    t.same(result(request), [{}, ['Warn DATABASE_URL mismatch']], url);
    t.match(sentences(validated(request)), [/has another user than POSTGRES_USER, and nothing is changed/]);
  }
});

t.test('the user follows where the password agrees', async (t) => {
  const data = { ...BASES, DATABASE_URL: urlOf('reports', password, 'warehouse:5432/shop') };
  t.same(result(aCreate(data, elsewhere)), [
    { DATABASE_URL: urlOf('shop', password, 'warehouse:5432/shop') },
    [],
  ]);
});

t.test('a copy of a URL of another user is no stale copy', async (t) => {
  const DIRECT_URL = urlOf('reports', password);
  const data = { ...BASES, DATABASE_URL: urlOf('shop', password), DIRECT_URL };
  const changed = { ...data, POSTGRES_PASSWORD: GOOD.key.slice(0, 24) };
  t.same(result(anUpdate(data, changed, elsewhere))[1], []);
});

t.test('judges the password in the URL of another user', async (t) => {
  for (const secret of ['CHANGE_ME', 'postgres', 'password123'])
    t.same(result(aCreate({ ...BASES, DATABASE_URL: urlOf('reports', secret) }, elsewhere)), [
      {},
      ['Enforce DATABASE_URL placeholder'],
    ]);
});

t.test('corrects a URL without a user, with a slot for it, and of the same user', async (t) => {
  for (const url of ['postgresql://db:5432/shop', urlOf('${DB_USER}'), urlOf('shop'), urlOf('', other)])
    t.equal(
      writtenValues(validated(aCreate({ ...BASES, DATABASE_URL: url }, elsewhere))).DATABASE_URL,
      urlOf('shop', password),
      url,
    );
});

t.test('without a key for the user, every user is that of the password', async (t) => {
  const data = { POSTGRES_PASSWORD: password, DATABASE_URL: urlOf('reports') };
  t.same(result(aCreate(data, elsewhere))[0], { DATABASE_URL: urlOf('reports', password) });
});

t.test('a URL follows a user that this request renames', async (t) => {
  const before = { ...BASES, DATABASE_URL: urlOf('shop', password) };
  const renamed = { ...before, POSTGRES_USER: 'shop_b', POSTGRES_PASSWORD: other };
  t.same(result(anUpdate(before, renamed, elsewhere))[0], { DATABASE_URL: urlOf('shop_b', other) });
  const elsewhereToo = { ...renamed, DATABASE_URL: urlOf('reports', password) };
  t.same(
    result(anUpdate(before, elsewhereToo, elsewhere)),
    [{}, ['Warn DATABASE_URL mismatch']],
    'but not the URL of a third user',
  );
});

t.test('heals a URL with an earlier name of the user', async (t) => {
  const stored = aSecret({ ...BASES, POSTGRES_USER: 'shop_b', DATABASE_URL: urlOf('shop') }, elsewhere);
  const permissions = permissionsFor(stored, undefined, withHeal('Always'), testContext);
  const versions = [{ data: aSecret(BASES).data }, { data: stored.data }];
  const record = { inSyncKeys: new Map(), versions } as unknown as Parameters<typeof healingChanges>[1];
  const healed = (known: typeof record) =>
    healingChanges(permissions, known, testContext).map(({ key }) => key);
  t.same(healed(record), ['DATABASE_URL']);
  t.same(healed(undefined), [], 'without versions it is another account');
});

const template = 'mysql://${MYSQL_USER}:${MYSQL_PASSWORD}@${MYSQL_HOST:-mysql}/${MYSQL_DATABASE:-shop}';
const accounts = [{ user: 'root', password: '${MYSQL_ROOT_PASSWORD}' }];
const MYSQL = { MYSQL_USER: {}, MYSQL_PASSWORD: {}, MYSQL_ROOT_PASSWORD: {} };

t.test('a URL of a further account follows the key of its password', async (t) => {
  const policy = aPolicy('mysql', { keys: { ...MYSQL, MYSQL_URL: { derive: { template, accounts } } } });
  const becomes = (url: string, data = {}) =>
    writtenValues(validated(aCreate({ MYSQL_URL: url, ...data }, elsewhere), [policy])).MYSQL_URL;
  const app = { MYSQL_USER: 'shop', MYSQL_PASSWORD: password };
  const both = { ...app, MYSQL_ROOT_PASSWORD: other };
  const of = (user: string, secret: string) => `mysql://${user}:${secret}@mysql/shop`;
  t.equal(becomes(of('root', 'stale'), both), of('root', other));
  t.equal(becomes(of('shop', 'stale'), both), of('shop', password));
  t.equal(becomes(of('reports', 'stale'), both), of('shop', password), 'neither of the two');
  t.equal(becomes(of('root', 'stale'), app), undefined, 'the Secret has no password of root');
  t.equal(
    becomes(of('root', 'stale'), { MYSQL_PASSWORD: password }),
    undefined,
    'nor without a key for the user',
  );
  t.equal(becomes(of('shop', 'stale'), { MYSQL_ROOT_PASSWORD: other }), undefined);
  t.equal(becomes(of('root', 'stale'), { ...app, MYSQL_USER: 'root' }), of('root', password));
});

t.test('refuses accounts that no URL can have', async (t) => {
  const problems = (derive: object, keys: object = MYSQL): readonly string[] => {
    const compiled = compilePolicy(aSecretPolicy('mysql', { keys: { ...keys, MYSQL_URL: { derive } } }));
    return 'problems' in compiled
      ? compiled.problems.map(({ path, message }) => `${path.join('.')}: ${message}`)
      : [];
  };
  t.same(problems({ template, accounts }), []);
  const at = 'spec.keys.MYSQL_URL.derive.accounts';
  const needs = `${at}: need a template that is a URL with a password, in mode Bound, whose user and password are not free`;
  t.same(problems({ template: 'mysql://db/${MYSQL_USER}', accounts }), [needs]);
  t.same(problems({ template, accounts, mode: 'Exact' }), [needs]);
  t.same(problems({ template, accounts, free: ['user'] }), [needs]);
  const { MYSQL_ROOT_PASSWORD: _, ...without } = MYSQL;
  t.same(problems({ template, accounts }, without), [
    `${at}.0.password: names \${MYSQL_ROOT_PASSWORD}, which is not under keys: add it there`,
  ]);
  t.match(problems({ template, accounts: [{ user: 'root', password: 'literal' }] }), [/is no \$\{KEY\}/]);
  t.match(problems({ template, accounts: [{ user: '${X', password: '${MYSQL_PASSWORD}' }] }), [
    /accounts.0.user/,
  ]);
});
