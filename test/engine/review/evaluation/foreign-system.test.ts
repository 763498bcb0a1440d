import t from 'tap';

import { aCreate, GOOD, reportedFindings, validated, writtenValues } from '../../../helpers/engine/engine.ts';

const elsewhere = { name: 'shop-db' };
const LOGIN = { DB_HOST: 'mysql', DB_USER: 'shop', DB_PASSWORD: GOOD.password, DB_NAME: 'shop' };
const POSTGRES = { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: GOOD.password, POSTGRES_DB: 'shop' };
const warehouse = `postgresql://reports:${GOOD.other}@warehouse:5432/reports`;

t.test('does not write keys for MySQL into a URL of PostgreSQL', async (t) => {
  for (const says of [
    { DB_PORT: '3306' },
    { DB_CONNECTION: 'mysql' },
    { DB_ENGINE: 'django.db.backends.mysql' },
  ]) {
    const decision = validated(aCreate({ ...LOGIN, ...says, POSTGRES_URL: warehouse }, elsewhere));
    t.same([reportedFindings(decision), writtenValues(decision)], [[], {}], JSON.stringify(says));
  }
  const own = warehouse.replace('reports:', 'shop:');
  t.ok(
    writtenValues(validated(aCreate({ ...LOGIN, DB_PORT: '5432', POSTGRES_URL: own }, elsewhere)))
      .POSTGRES_URL,
  );
});

t.test('keys named for PostgreSQL are a login of PostgreSQL, on any port', async (t) => {
  const data = { POSTGRES_USER: 'reports', POSTGRES_PASSWORD: GOOD.password, POSTGRES_PORT: '3306' };
  t.equal(
    writtenValues(validated(aCreate({ ...data, DATABASE_URL: warehouse }, elsewhere))).DATABASE_URL,
    `postgresql://reports:${GOOD.password}@warehouse:5432/reports`,
  );
});

t.test('applies PostgreSQL’s limits of hosts and names to no other system', async (t) => {
  const mysql = { ...LOGIN, DB_NAME: 'shop orders', DB_HOST: 'mysql:3306' };
  const url = `mysql://shop:${GOOD.password}@mysql:3306/shop%20orders`;
  t.same(reportedFindings(validated(aCreate({ ...mysql, DATABASE_URL: url }, elsewhere))), []);
});

t.test('finds another system in a text that is no readable URL', async (t) => {
  for (const dsn of [
    `shop:${GOOD.password}@tcp(mysql:3306)/shop?parseTime=true`,
    'jdbc:oracle:thin:@//oracle:1521/ORCLPDB1',
  ]) {
    const decision = validated(aCreate({ ...LOGIN, POSTGRES_HOST: 'db', DATABASE_URL: dsn }, elsewhere));
    t.same([reportedFindings(decision), writtenValues(decision)], [[], {}], dsn);
  }
});

t.test('a host that is in no URL may have any form', async (t) => {
  t.same(reportedFindings(validated(aCreate({ ...LOGIN, DB_HOST: 'mysql.shop.svc:3306' }, elsewhere))), []);
  t.same(reportedFindings(validated(aCreate({ ...POSTGRES, POSTGRES_HOST: 'db:5432' }, elsewhere))), [
    'Enforce POSTGRES_HOST format',
  ]);
});

t.test('a finding about a generic key names the policy of the system of the URL', async (t) => {
  const login = { DB_USER: 'shop', DB_PASSWORD: 'changeme', DB_NAME: 'shop', DB_HOST: 'db' };
  for (const [data, policy] of [
    [{ DATABASE_URL: 'mysql://shop:changeme@db/shop' }, 'mysql-credentials'],
    [{ MYSQL_URL: 'mysql://shop:changeme@db/shop' }, 'mysql-credentials'],
    [{ DB_PORT: '3306' }, 'mysql-credentials'],
    [{ DATABASE_URL: 'sqlserver://shop:changeme@db/shop' }, 'sqlserver-credentials'],
    [{ DATABASE_URL: 'postgresql://shop:changeme@db/shop' }, 'postgres-credentials'],
    [{}, 'postgres-credentials'],
  ] as const) {
    const { findings } = validated(aCreate({ ...login, ...data }, elsewhere));
    const about = findings.filter(({ key, rule }) => key === 'DB_PASSWORD' && rule === 'placeholder');
    t.same(
      about.map((finding) => finding.policy),
      [policy],
      JSON.stringify(data),
    );
    t.ok(
      about.every(({ fix }) => !fix.includes('-credentials') || fix.includes(policy)),
      'and so does its fix',
    );
  }
});
