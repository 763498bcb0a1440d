import t from 'tap';
import { aCreate, GOOD, reportedFindings, sentences, validated } from '../../../helpers/engine/engine.ts';

const { password, other } = GOOD;
const url = (secret: string, { host = 'db', user = 'shop', at = 'shop', scheme = 'postgresql' } = {}) =>
  `${scheme}://${user}:${secret}@${host}/${at}`;
const decided = (data: Record<string, string>) =>
  validated(aCreate(data, { name: 'shop-db', namespace: 'shop' }));
const warned = (data: Record<string, string>) => reportedFindings(decided(data));

t.test('warns of two URLs of one login with two passwords', async (t) => {
  const found = (second: string, more: Record<string, string> = {}) =>
    warned({ ...more, DATABASE_URL: url(password), DIRECT_URL: second });
  t.same(found(url(other)), ['Warn DIRECT_URL stale-copy']);
  t.same(found(url(other, { host: 'db:5432' })), ['Warn DIRECT_URL stale-copy'], 'the usual port');
  t.same(found(url(other, { scheme: 'postgres' })), ['Warn DIRECT_URL stale-copy']);
  t.same(found(url(other, { host: 'db.shop.svc' })), ['Warn DIRECT_URL stale-copy']);
  for (const difference of [{ host: 'replica' }, { host: 'db:6543' }, { user: 'audit' }, { at: 'queue' }])
    t.same(found(url(other, difference)), [], JSON.stringify(difference));
  t.same(found(url(password)), []);
  t.same(found(url('CHANGE_ME')), ['Enforce DIRECT_URL placeholder'], 'another rule reports it');
  const redis = { A_URL: url(password, { scheme: 'redis' }), B_URL: url(other, { scheme: 'redis' }) };
  t.same(found(url(password), redis), [], 'a user of Redis may have two passwords');
  const bound = {
    POSTGRES_USER: 'shop',
    POSTGRES_PASSWORD: password,
    POSTGRES_DB: 'shop',
    A_URL: url(other),
  };
  t.same(found(url(password), bound), ['Warn A_URL stale-copy'], 'once, by the base key');
});

t.test('warns of a URL with another password than the keys of its login', async (t) => {
  const login = { KC_DB_USERNAME: 'shop', KC_DB_PASSWORD: password };
  const stale = { ...login, KC_DB_URL: url(other) };
  t.same(warned(stale), ['Warn KC_DB_URL stale-copy']);
  const orders = { ORDERS_DB_USER: 'shop', ORDERS_DB_PASSWORD: password };
  t.same(warned({ ...orders, ORDERS_DATABASE_URL: url(other) }), ['Warn ORDERS_DATABASE_URL stale-copy']);
  t.same(warned({ ...orders, STOCK_DATABASE_URL: url(other) }), []);
  t.match(
    sentences(decided(stale))[0],
    'KC_DB_URL: holds a URL with another password than KC_DB_PASSWORD for the same login',
  );
  t.same(warned({ ...login, KC_DB_URL: `jdbc:postgresql://db/shop?user=shop&password=${other}` }), [
    'Warn KC_DB_URL stale-copy',
  ]);
  t.same(warned({ username: 'shop', password, uri: url(other) }), ['Warn uri stale-copy']);
  t.same(
    warned({ ...login, KC_DB_HOST: 'db', MAIN_URL: url(other) }),
    ['Warn MAIN_URL stale-copy'],
    'the host',
  );
  t.same(warned({ NEO4J_USER: 'shop', NEO4J_PASSWORD: password, NEO4J_URI: `neo4j://shop:${other}@neo` }), [
    'Warn NEO4J_URI stale-copy',
  ]);
});

t.test('a URL of another user, server or kind of server is none of these logins', async (t) => {
  const login = { KC_DB_USERNAME: 'shop', KC_DB_PASSWORD: password };
  for (const more of [
    { KC_DB_URL: url(password) },
    { KC_DB_URL: url(other, { user: 'audit' }) },
    { KC_DB_HOST: 'db', KC_DB_URL: url(other, { host: 'replica' }) },
    { REPORTS_URL: url(other) },
    { KC_DB_URL: url(other), OLD_USERNAME: 'shop', OLD_PASSWORD: other, OLD_HOST: 'db' },
  ])
    t.same(warned({ ...login, ...more }), [], Object.keys(more).join());
  t.same(warned({ username: 'shop', password, legacy: url(other) }), [], 'no name of a URL');
  const mssql = {
    MSSQL_USER: 'shop',
    MSSQL_PASSWORD: password,
    REPORTS_URL: url(other, { scheme: 'sqlserver' }),
  };
  t.same(warned(mssql), [], 'perhaps another server');
  const smtp = { SMTP_USER: 'shop', SMTP_PASSWORD: password, MAIL_DATABASE_URL: url(other) };
  t.same(warned(smtp), []);
});
