import t from 'tap';

import {
  aCreate,
  afterMutation,
  anUpdate,
  aPolicy,
  builtins,
  GOOD,
  reportedFindings,
  validated,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

const [admin, app, next] = [GOOD.password, GOOD.other, 'wZ8kT3nQx6VrB1mJ5yLp'];
const elsewhere = { name: 'shop-db' };
const url = (user: string, password: string): string => `postgresql://${user}:${password}@db:5432/shop`;
const TWO_LOGINS = { POSTGRES_PASSWORD: admin, DB_USER: 'shop', DB_PASSWORD: app, DB_NAME: 'shop' };

t.test('keeps the application’s login in the URL next to the superuser of the image', async (t) => {
  const data = { ...TWO_LOGINS, DATABASE_URL: url('shop', app) };
  const decision = validated(aCreate(data, elsewhere));
  t.same([reportedFindings(decision), writtenValues(decision)], [[], {}]);
  const owner = validated(
    aCreate({ ...data, POSTGRES_USER: 'postgres', POSTGRES_DB: 'postgres' }, elsewhere),
  );
  t.same([reportedFindings(owner), writtenValues(owner)], [[], {}]);
});

t.test('follows a rotation of the login in the URL', async (t) => {
  const before = { ...TWO_LOGINS, DATABASE_URL: url('shop', app) };
  t.same(writtenValues(validated(anUpdate(before, { ...before, DB_PASSWORD: next }, elsewhere))), {
    DATABASE_URL: url('shop', next),
  });
  t.same(writtenValues(validated(anUpdate(before, { ...before, POSTGRES_PASSWORD: next }, elsewhere))), {});
});

t.test('a policy that names one spelling leaves the URL with the other login', async (t) => {
  const before = { ...TWO_LOGINS, DATABASE_URL: url('shop', app) };
  for (const names of [['POSTGRES_PASSWORD'], ['DB_PASSWORD'], ['DB_PASSWORD', 'POSTGRES_PASSWORD']]) {
    const keys = Object.fromEntries(names.map((name) => [name, { sensitive: true, maxAge: '365d' }]));
    const policies = [aPolicy('team', { keys }), ...builtins];
    t.same(writtenValues(validated(aCreate(before, elsewhere), policies)), {});
    const rotated = anUpdate(before, { ...before, DB_PASSWORD: next }, elsewhere);
    t.same(writtenValues(validated(rotated, policies)), { DATABASE_URL: url('shop', next) });
    const other = anUpdate(before, { ...before, POSTGRES_PASSWORD: next }, elsewhere);
    t.same(writtenValues(validated(other, policies)), {});
  }
});

t.test('two keys of one policy are one key for a policy that has them as aliases', async (t) => {
  const keys = { POSTGRES_PASSWORD: { sensitive: true }, 'postgres-password': { sensitive: true } };
  const policies = [aPolicy('team', { keys }), ...builtins];
  const before = { 'postgres-user': 'shop', 'postgres-password': app, 'database-url': url('shop', app) };
  const rotated = anUpdate(before, { ...before, 'postgres-password': next }, elsewhere);
  t.same(writtenValues(validated(rotated, policies)), { 'database-url': url('shop', next) });
});

t.test('follows the alias that changed if two had one value', async (t) => {
  const before = {
    POSTGRES_USER: 'shop',
    POSTGRES_PASSWORD: app,
    DB_PASSWORD: app,
    DATABASE_URL: url('shop', app),
  };
  for (const key of ['POSTGRES_PASSWORD', 'DB_PASSWORD']) {
    t.same(writtenValues(validated(anUpdate(before, { ...before, [key]: next }, elsewhere))), {
      DATABASE_URL: url('shop', next),
    });
  }
});

t.test('a URL that follows no alias gets the password next to its user', async (t) => {
  const stale = { ...TWO_LOGINS, DATABASE_URL: url('shop', next) };
  t.same(writtenValues(validated(aCreate(stale, elsewhere))), { DATABASE_URL: url('shop', app) });
  t.same(writtenValues(validated(aCreate({ ...stale, POSTGRES_USER: 'shop' }, elsewhere))), {
    DATABASE_URL: url('shop', admin),
  });
});

t.test('finds the login of a quoted URL, and normalises that login too', async (t) => {
  const quoted = { ...TWO_LOGINS, DB_PASSWORD: `${app}\n`, DATABASE_URL: `"${url('shop', app)}"` };
  const request = aCreate(quoted, elsewhere);
  const decision = validated(request);
  t.equal(writtenValues(decision).DATABASE_URL, url('shop', app));
  t.same(validated(afterMutation(request, decision)).changes, []);
  const foreign = { DB_PASSWORD: admin, DB_HOST: 'h:1', DATABASE_URL: `"mysql://shop:${app}@h:1/shop"` };
  t.same(reportedFindings(validated(aCreate(foreign, elsewhere))), []);
});

t.test('validates the alias that the URL follows like the other', async (t) => {
  const data = { ...TWO_LOGINS, DB_PASSWORD: 'x9Kq2', DATABASE_URL: url('shop', 'x9Kq2') };
  t.same(reportedFindings(validated(aCreate(data, elsewhere))), ['Enforce DB_PASSWORD min-length']);
});

t.test('a template reads an alias that another policy decides about', async (t) => {
  const team = aPolicy('team', { keys: { DB_PASSWORD: { sensitive: true, minLength: 20 } } });
  const shared = aPolicy('shared', {
    precedence: -1,
    keys: {
      POSTGRES_PASSWORD: { sensitive: true, minLength: 99, aliases: ['DB_PASSWORD'] },
      DATABASE_URL: { derive: { template: 'postgresql://shop:${POSTGRES_PASSWORD}@db:5432/shop' } },
    },
  });
  const decision = validated(aCreate({ DB_PASSWORD: app, DATABASE_URL: url('shop', next) }), [team, shared]);
  t.same([reportedFindings(decision), writtenValues(decision)], [[], { DATABASE_URL: url('shop', app) }]);
});
