import t from 'tap';
import {
  aCreate,
  anUpdate,
  aPolicy,
  findingTexts,
  GOOD,
  reportedFindings,
  validatedOnly,
} from '../../../helpers/engine/engine.ts';

const policies = [
  aPolicy('shop', {
    match: {},
    keys: { ZEBRAQ_SECRET: { sensitive: true }, OTHER_TOKEN: { sensitive: true } },
  }),
];

t.test('a new copy of a stored value is refused for the reason of the stored key', async (t) => {
  const update = anUpdate(
    { ZEBRAQ_SECRET: 'zebraq1', OTHER_TOKEN: GOOD.other },
    { ZEBRAQ_SECRET: 'zebraq1', OTHER_TOKEN: 'zebraq1' },
  );
  const found = findingTexts(validatedOnly(update, policies));
  t.ok(found.includes('Enforce OTHER_TOKEN placeholder'));
  t.ok(found.includes('Warn ZEBRAQ_SECRET placeholder'));
});

t.test('a placeholder under both keys is reported once for each, and not as shared', async (t) => {
  const update = anUpdate(
    { ZEBRAQ_SECRET: GOOD.key, OTHER_TOKEN: GOOD.other },
    { ZEBRAQ_SECRET: 'CHANGE_ME', OTHER_TOKEN: 'CHANGE_ME' },
  );
  t.same(findingTexts(validatedOnly(update, policies)), [
    'Enforce OTHER_TOKEN placeholder',
    'Enforce ZEBRAQ_SECRET placeholder',
  ]);
});

/** The findings, whose actions are the same in both orders of the keys. */
const bothOrders = (data: Readonly<Record<string, string>>): readonly string[] => {
  const [found, reversed] = [data, Object.fromEntries(Object.entries(data).reverse())].map((one) =>
    reportedFindings(validatedOnly(aCreate(one))).filter((text) => text.endsWith(' distinct')),
  );
  const actions = (texts?: readonly string[]) => texts?.map((text) => text.split(' ')[0]);
  t.same(actions(reversed), actions(found), Object.keys(data).join(' '));
  return found ?? [];
};
const [P, U] = [GOOD.password, 'shop'];

t.test('one login of a database under two names is no shared value', async (t) => {
  const postgres = { POSTGRES_USER: U, POSTGRES_PASSWORD: P };
  for (const other of [
    { AUTHENTIK_POSTGRESQL__USER: U, AUTHENTIK_POSTGRESQL__PASSWORD: P },
    { DB_POSTGRESDB_USER: U, DB_POSTGRESDB_PASSWORD: P },
    { PAPERLESS_DBUSER: U, PAPERLESS_DBPASS: P },
    { GF_DATABASE_USER: U, GF_DATABASE_PASSWORD: P },
    { MB_DB_USER: U, MB_DB_PASS: P },
    { GITEA__database__USER: U, GITEA__database__PASSWD: P },
  ])
    t.same(bothOrders({ ...postgres, ...other }), []);
  const wordpress = { WORDPRESS_DB_USER: U, WORDPRESS_DB_PASSWORD: P, MYSQL_USER: U, MYSQL_PASSWORD: P };
  t.same(bothOrders(wordpress), []);
  const spring = { SPRING_DATASOURCE_USERNAME: U, SPRING_DATASOURCE_PASSWORD: P };
  t.same(bothOrders({ ...spring, SPRING_FLYWAY_USER: U, SPRING_FLYWAY_PASSWORD: P }), []);
});

t.test('the documented names of one value are no shared value', async (t) => {
  t.same(bothOrders({ JWT_SECRET: GOOD.key, GOTRUE_JWT_SECRET: GOOD.key, PGRST_JWT_SECRET: GOOD.key }), []);
  t.same(bothOrders({ AUTH_SECRET: GOOD.key, NEXTAUTH_SECRET: GOOD.key }), []);
});

t.test(
  'two logins with one password are reported in each order, with the milder action of the two',
  async (t) => {
    const postgres = { POSTGRES_USER: U, POSTGRES_PASSWORD: P };
    t.same(bothOrders({ ...postgres, REDIS_USERNAME: U, REDIS_PASSWORD: P }), [
      'Enforce REDIS_PASSWORD distinct',
    ]);
    t.same(bothOrders({ ...postgres, MYSQL_USER: U, MYSQL_PASSWORD: P }), ['Warn MYSQL_PASSWORD distinct']);
    t.same(bothOrders({ ...postgres, MB_DB_USER: 'metabase', MB_DB_PASS: P }), ['Warn MB_DB_PASS distinct']);
    t.same(bothOrders({ ...postgres, SANDBOX_USER: U, SANDBOX_PASSWORD: P }), [
      'Warn SANDBOX_PASSWORD distinct',
    ]);
    const twoHosts = {
      ...postgres,
      POSTGRES_HOST: 'a',
      ORDERS_DB_HOST: 'b',
      ORDERS_DB_USER: U,
      ORDERS_DB_PASSWORD: P,
    };
    t.same(bothOrders(twoHosts), ['Warn ORDERS_DB_PASSWORD distinct']);
    const generic = { DB_USER: U, DB_PASSWORD: P, REDIS_USERNAME: U, REDIS_PASSWORD: P };
    t.same(bothOrders(generic), ['Enforce REDIS_PASSWORD distinct']);
    const three = { ORDERS_DB_USER: U, ORDERS_DB_PASSWORD: P, MYSQL_USER: U, MYSQL_PASSWORD: P };
    t.same(bothOrders({ ...three, ...postgres }), ['Warn MYSQL_PASSWORD distinct']);
    t.same(
      bothOrders({ ...postgres, ORDERS_DB_LOGIN: U, ORDERS_DB_USER: 'x', ORDERS_DB_PASSWORD: P }),
      [],
      'any user of the family counts',
    );
    t.same(
      bothOrders({ DB_USER: U, DB_PASSWORD_A: P, DB_PASSWORD_B: P }),
      ['Warn DB_PASSWORD_B distinct'],
      'keys without a family',
    );
    t.same(bothOrders({ ...postgres, ADMIN_USER: U, ADMIN_PASSWORD: P }), ['Warn ADMIN_PASSWORD distinct']);
    t.same(bothOrders({ ...postgres, JWT_SECRET: GOOD.key, JWT_REFRESH_SECRET: GOOD.key }), [
      'Enforce JWT_REFRESH_SECRET distinct',
    ]);
    t.same(bothOrders({ ...postgres, ZEBRA_API_TOKEN: GOOD.key, JWT_SECRET: GOOD.key }), [
      'Warn ZEBRA_API_TOKEN distinct',
    ]);
    t.same(bothOrders({ ...postgres, APP_TOKEN: GOOD.key, JWT_SECRET: GOOD.key, CSRF_SECRET: GOOD.key }), [
      'Enforce CSRF_SECRET distinct',
      'Warn APP_TOKEN distinct',
    ]);
  },
);
