import t from 'tap';
import type { Policy } from '../../../../src/engine/policy/policy.ts';
import type { Request } from '../../../../src/engine/secret/secret.ts';
import {
  aCreate,
  afterMutation,
  anUpdate,
  aPolicy,
  builtins,
  GOOD,
  mutated,
  reportedFindings,
  STORY,
  sentences,
  validated,
  validatedOnly,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

const { password, other } = GOOD;
const stored = (request: Request, policies: readonly Policy[] = builtins) => {
  const decision = validated(request, policies);
  return [writtenValues(decision), reportedFindings(decision)];
};

/** One URL of another user in each spelling, and what `reconciliation-secrets` stores for it. */
const OTHER_USER: Readonly<Record<string, string>> = {
  [`postgresql://reports:${other}@db:5432/reports`]: `postgresql://recon:${password}@db:5432/reconciliation`,
  [`postgresql://reports:${password}@db/reconciliation`]: `postgresql://recon:${password}@db/reconciliation`,
  'postgresql://reports@db/reconciliation': `postgresql://recon:${password}@db/reconciliation`,
  [`postgres+asyncpg://re%70orts:${other}@db/x`]: `postgres+asyncpg://recon:${password}@db/reconciliation`,
  [`postgresql://re%2570orts:${other}@db/x`]: `postgresql://recon:${password}@db/reconciliation`,
  [`postgresql://db/x?user=reports&password=${other}`]: `postgresql://db/reconciliation?user=recon&password=${password}`,
  [`postgresql:///x?host=/run/pg&user=reports&password=${other}`]: `postgresql:///reconciliation?host=/run/pg&user=recon&password=${password}`,
  [`postgresql://recon:${password}@db/reconciliation?user=reports`]: `postgresql://recon:${password}@db/reconciliation?user=recon`,
  [`host=db user=reports password=${other} dbname=x`]: `host=db user=recon password=${password} dbname=reconciliation`,
  [`jdbc:postgresql://db/x?user=reports&password=${other}`]: `jdbc:postgresql://db/reconciliation?user=recon&password=${password}`,
  'jdbc:postgresql://db/x?user=reports': 'jdbc:postgresql://db/reconciliation?user=recon',
  'r2dbc:postgresql://db/x': 'r2dbc:postgresql://db/reconciliation',
  [`postgresql://reports:${other}@a:5432,b:5433/x`]: `postgresql://recon:${password}@a:5432,b:5433/reconciliation`,
  [`postgresql://reports:${other}@db/x\n`]: `postgresql://recon:${password}@db/reconciliation`,
  [Buffer.from(`postgresql://reports:${other}@db/x`).toString('base64')]:
    `postgresql://recon:${password}@db/reconciliation`,
};

t.test('reconciliation binds the user too, in each spelling of a URL', async (t) => {
  const before = {
    ...STORY,
    DATABASE_URL: `postgresql://recon:${password}@db/reconciliation`,
  };
  for (const [url, becomes] of Object.entries(OTHER_USER)) {
    const data = { ...STORY, DATABASE_URL: url };
    t.same(stored(aCreate(data)), [{ DATABASE_URL: becomes }, []], url);
    const update = anUpdate(before, data);
    t.same(stored(update), [{ DATABASE_URL: becomes }, []], `as an update: ${url}`);
    const final = afterMutation(update, mutated(update));
    t.same(reportedFindings(validatedOnly(final)), [], 'and the validating webhook agrees');
  }
});

t.test('the mutating webhook can be skipped: the validating one refuses another user', async (t) => {
  for (const url of Object.keys(OTHER_USER).filter((one) => !/\n|^[A-Za-z0-9+/=]+$/.test(one)))
    t.ok(
      reportedFindings(validatedOnly(aCreate({ ...STORY, DATABASE_URL: url }))).includes(
        'Enforce DATABASE_URL mismatch',
      ),
      url,
    );
});

const MYSQL = { DB_USER: 'shop', DB_PASSWORD: password, DB_NAME: 'shop', DB_HOST: 'db', DB_PORT: '3306' };
const teamPolicy = (derive: object = {}) =>
  aPolicy('team', {
    keys: {
      DB_USER: {},
      DB_PASSWORD: { sensitive: true },
      DB_NAME: {},
      DB_HOST: {},
      DB_PORT: {},
      MYSQL_URL: {
        derive: { template: 'mysql://${DB_USER}:${DB_PASSWORD}@${DB_HOST}:${DB_PORT}/${DB_NAME}', ...derive },
      },
    },
  });

t.test('a policy of a team binds each part whose key the Secret holds', async (t) => {
  const of = (url: string, policy = teamPolicy()) =>
    writtenValues(validated(aCreate({ ...MYSQL, MYSQL_URL: url }, { name: 'shop' }), [policy])).MYSQL_URL;
  const good = `mysql://shop:${password}@db:3306/shop`;
  t.equal(of(`mysql://reports:${other}@db:3306/shop`), good);
  t.equal(of(`mysql://shop:${password}@old:3306/shop`), good, 'another host with the same port');
  t.equal(of(`mysql://shop:${password}@db:3306/x`), good);
  t.equal(of(`reports:${other}@tcp(db:3306)/x?a=b`), `shop:${password}@tcp(db:3306)/shop?a=b`);
  t.equal(
    of(`mysql://reports:${other}@tcp(old:3306)/x?a=b`),
    `mysql://shop:${password}@tcp(db:3306)/shop?a=b`,
  );
  t.equal(of(`mysql://reports:${other}@unix(/a.sock)/x`), `mysql://shop:${password}@unix(/a.sock)/shop`);
  t.equal(
    of(`Server=db;Port=3306;Database=x;Uid=reports;Pwd=${other}`),
    `Server=db;Port=3306;Database=shop;Uid=shop;Pwd=${password}`,
  );
  t.equal(
    of(`mysql://reports:${other}@proxysql:6033/x`),
    `mysql://shop:${password}@proxysql:6033/shop`,
    'another host with another port is a pooler, and keeps both',
  );
  const keep = teamPolicy({ otherUser: 'Keep' });
  t.equal(of(`mysql://reports:${other}@old:3306/x`, keep), undefined);
  t.equal(of(`mysql://shop:${other}@old:3306/x`, keep), good);
  const free = teamPolicy({ free: ['host', 'port', 'database', 'user'] });
  t.equal(of(`mysql://reports:${other}@old:3306/x`, free), `mysql://reports:${password}@old:3306/x`);
  t.same(stored(aCreate({ ...MYSQL, MYSQL_URL: `mysql://reports:${password}@old:1/x` }), [free]), [{}, []]);
});

t.test('reconciliation keeps sockets, several hosts and poolers, and says nothing', async (t) => {
  const at = { ...STORY, POSTGRES_HOST: 'pg', POSTGRES_PORT: '5432' };
  for (const url of [
    `postgresql://recon:${password}@%2Frun%2Fpg/reconciliation`,
    `postgresql:///reconciliation?host=/cloudsql/a:b:c&user=recon&password=${password}`,
    `host=/run/pg user=recon password=${password} dbname=reconciliation`,
    `postgresql://recon:${password}@a:5432,b:5432/reconciliation`,
    `postgresql://recon:${password}@pgbouncer:6432/reconciliation`,
  ])
    t.same(stored(aCreate({ ...at, DATABASE_URL: url })), [{}, []], url);
  const onlyPort = { ...STORY, POSTGRES_PORT: '5432' };
  t.same(
    stored(aCreate({ ...onlyPort, DATABASE_URL: `postgresql://recon:${password}@pgb:6432/reconciliation` })),
    [{}, []],
    'next to the host of the template too',
  );
  t.same(
    stored(aCreate({ ...at, DATABASE_URL: `postgresql://recon:${password}@old:5432/reconciliation` }))[0],
    { DATABASE_URL: `postgresql://recon:${password}@pg:5432/reconciliation` },
  );
  const socket = `postgresql://recon:${password}@%2Frun%2Fpg:5432/reconciliation`;
  t.same(
    stored(
      anUpdate({ ...at, POSTGRES_HOST: '/run/pg', DATABASE_URL: socket }, { ...at, DATABASE_URL: socket }),
    )[0],
    { DATABASE_URL: `postgresql://recon:${password}@pg:5432/reconciliation` },
    'a socket that the base key named follows it',
  );
});

t.test('reconciliation follows a base host that is spelled anew', async (t) => {
  const of = (host: string) => `postgresql://recon:${password}@${host}:5432/reconciliation`;
  const before = { ...STORY, POSTGRES_HOST: 'postgres', DATABASE_URL: of('postgres') };
  t.same(stored(anUpdate(before, { ...before, POSTGRES_HOST: 'postgres.recon.svc' }))[0], {
    DATABASE_URL: of('postgres.recon.svc'),
  });
  t.same(
    stored(aCreate({ ...before, POSTGRES_HOST: 'postgres.recon.svc' })),
    [{}, []],
    'else it is one host',
  );
});

const stranger = { name: 'shop-db' };
const BASES = {
  POSTGRES_USER: 'shop',
  POSTGRES_PASSWORD: password,
  POSTGRES_DB: 'shop',
  POSTGRES_HOST: 'db',
  POSTGRES_PORT: '5432',
};
/** URLs of strangers that go elsewhere, with `$` for the password, and the parts that differ. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'postgresql://shop:$@pgbouncer:5432/shop': 'host',
  'postgresql://shop:$@pgbouncer:6432/shop': 'host, port',
  'postgresql://shop:$@db-replica:5432/shop': 'host',
  'postgresql://shop:$@10.0.0.5:5432/shop': 'host',
  'postgresql://shop:$@db.prod.svc:5432/shop': 'host',
  'postgresql://shop:$@db:6432/shop': 'port',
  'postgresql://shop:$@db:5432/reports': 'database',
  'postgresql://shop:$@%2Frun%2Fpostgresql/shop': 'host',
  'postgresql:///shop?host=/cloudsql/acme:eu:pg&user=shop&password=$': 'host',
  'host=10.0.0.5 user=shop password=$ dbname=shop': 'host',
  'jdbc:postgresql://db.prod.svc:5432/shop?user=shop&password=$': 'host',
};

t.test('built-in policies redirect no URL of strangers, and name the parts that differ', async (t) => {
  for (const [url, parts] of Object.entries(ELSEWHERE)) {
    const DATABASE_URL = url.replace('$', password);
    const created = aCreate({ ...BASES, DATABASE_URL }, stranger);
    t.same(stored(created), [{}, ['Warn DATABASE_URL mismatch']], url);
    t.match(sentences(validated(created)), [`has another ${parts} than `]);
    t.match(sentences(validated(created)), [
      /, and [a-z, ]+ (?:is|are) not changed .*leave it if that is meant, else change/,
    ]);

    const before = { ...BASES, DATABASE_URL, LOG_LEVEL: 'info' };
    t.same(stored(anUpdate(before, { ...before, LOG_LEVEL: 'debug' }, stranger)), [{}, []], 'not again');
    t.same(
      stored(anUpdate(before, { ...before, POSTGRES_PASSWORD: other }, stranger))[0],
      { DATABASE_URL: url.replace('$', other) },
      'a new password follows, and the host stays',
    );
    const moved = { ...before, POSTGRES_HOST: 'db-2' };
    t.same(stored(anUpdate(before, moved, stranger))[0], {}, 'a new host in the base key redirects nothing');
  }
});

t.test('so do those of other systems', async (t) => {
  const cases: readonly (readonly [Record<string, string>, string])[] = [
    [
      { REDIS_HOST: 'redis', REDIS_PASSWORD: password, REDIS_DB: '0', REDIS_URL: 'redis://:$@cache:6379/0' },
      'host',
    ],
    [
      { REDIS_HOST: 'redis', REDIS_PASSWORD: password, REDIS_DB: '0', REDIS_URL: 'redis://:$@redis:6379/3' },
      'database',
    ],
    [
      {
        RABBITMQ_HOST: 'mq',
        RABBITMQ_DEFAULT_USER: 'shop',
        RABBITMQ_DEFAULT_PASS: password,
        RABBITMQ_DEFAULT_VHOST: 'shop',
        AMQP_URL: 'amqp://shop:$@mq:5672/other',
      },
      'database',
    ],
    [
      {
        MYSQL_HOST: 'db',
        MYSQL_USER: 'shop',
        MYSQL_PASSWORD: password,
        MYSQL_URL: 'mysql://shop:$@proxysql:3306/x',
      },
      'host',
    ],
  ];
  for (const [data, parts] of cases) {
    const key = Object.keys(data).at(-1)!;
    const url = data[key]!.replace('$', password);
    const decision = validated(aCreate({ ...data, [key]: url }, stranger));
    t.same([writtenValues(decision), reportedFindings(decision)], [{}, [`Warn ${key} mismatch`]], url);
    t.match(sentences(decision), [`has another ${parts} than `]);
  }
});

/** URLs without a host that name their server elsewhere, with `$` for the password. */
const SERVER_IN_QUERY: readonly (readonly [Record<string, string>, string, string])[] = [
  [BASES, 'DATABASE_URL', 'postgresql+pg8000://shop:$@/shop?unix_sock=/cloudsql/a:b:c/.s.PGSQL.5432'],
  [BASES, 'DATABASE_URL', 'postgresql://shop:$@/shop?service=main'],
  [
    { MYSQL_USER: 'shop', MYSQL_PASSWORD: password, MYSQL_HOST: 'db' },
    'MYSQL_URL',
    'mysql+pymysql://shop:$@/shop?unix_socket=/cloudsql/a:b:c',
  ],
  [{ REDIS_HOST: 'redis', REDIS_PASSWORD: password }, 'REDIS_URL', 'redis+unix://:$@/run/redis.sock'],
];

t.test('a URL that names its server in a parameter or its scheme gets no host', async (t) => {
  for (const [bases, key, url] of SERVER_IN_QUERY) {
    const written = (secret: string) =>
      stored(aCreate({ ...bases, [key]: url.replace('$', secret) }, stranger));
    t.same(written(password), [{}, [`Warn ${key} mismatch`]], url);
    t.same(written(other)[0], { [key]: url.replace('$', password) }, 'a new password follows');
  }
  const at = { ...STORY, POSTGRES_HOST: 'pg' };
  const own = `postgresql+pg8000://recon:${password}@/reconciliation?unix_sock=/run/pg`;
  t.same(stored(aCreate({ ...at, DATABASE_URL: own })), [{}, []], 'in reconciliation-secrets too');
  const elsewhere = `postgresql://recon:${password}@old/reconciliation?service=x`;
  t.same(
    stored(aCreate({ ...at, DATABASE_URL: elsewhere }))[0],
    { DATABASE_URL: elsewhere.replace('old', 'pg') },
    'next to a host, a parameter names no server',
  );
  const odbc = `mssql+pyodbc:///?odbc_connect=Server%3Dx%3BUID%3Dshop%3BPWD%3D${other}`;
  const sql = { MSSQL_USER: 'shop', MSSQL_PASSWORD: password, MSSQL_HOST: 'mssql' };
  t.same(stored(aCreate({ ...sql, SQLSERVER_URL: odbc }, stranger))[0], {}, 'the login is in odbc_connect');
});

t.test('the warning names a host that was added to a corrected URL', async (t) => {
  const { changes } = mutated(aCreate({ ...BASES, DATABASE_URL: 'postgresql:///shop' }, stranger));
  t.match(
    changes[0]?.warning,
    /^user, password, host now follow POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_HOST/,
  );
});

t.test('reconciliation binds strings of Npgsql in each spelling', async (t) => {
  const of = (url: string) => writtenValues(validated(aCreate({ ...STORY, DATABASE_URL: url }))).DATABASE_URL;
  t.equal(
    of(`Server=db;User Id=reports;Password=${other};Database=x`),
    `Server=db;User Id=recon;Password=${password};Database=reconciliation`,
  );
  t.equal(
    of(`Host=db;Username=reports;PSW=${other};DB=x`),
    `Host=db;Username=recon;PSW=${password};DB=reconciliation`,
  );
  t.equal(of(`Server=tcp:sql,1433;User Id=x;Password=${other};Database=x`), undefined, 'SQL Server');
  t.equal(of(`Server=sql;Initial Catalog=x;User Id=x;Password=${other}`), undefined);
  const port = { ...STORY, POSTGRES_HOST: 'db', POSTGRES_PORT: '6432' };
  t.equal(
    writtenValues(validated(aCreate({ ...port, DATABASE_URL: `Server=db;User Id=recon;Password=${other}` })))
      .DATABASE_URL,
    `postgresql://recon:${password}@db:6432/reconciliation?sslmode=disable`,
    'a port that it has no place for',
  );
});

t.test('a policy that binds all parts binds a password in the place of the user', async (t) => {
  const data = { ...STORY, DATABASE_URL: `postgresql://recon:${password}@db/reconciliation` };
  const of = (url: string) =>
    mutated(aCreate({ ...data, REDIS_PASSWORD: 'mX4wLq8RtZ2kVn6bYc9d', REDIS_URL: url }));
  const decision = of(`redis://${other}@redis:6379/0`);
  t.same(writtenValues(decision), { REDIS_URL: 'redis://:mX4wLq8RtZ2kVn6bYc9d@redis:6379/0' });
  t.match(decision.changes[0]?.warning, /the password typed into it was not kept/);
  t.same(writtenValues(of('redis://mX4wLq8RtZ2kVn6bYc9d@redis:6379/0')), {}, 'the right one is kept');
  t.same(writtenValues(of('redis://redis:6379?username=shop')), {
    REDIS_URL: 'redis://:mX4wLq8RtZ2kVn6bYc9d@redis:6379?username=shop',
  });
});

t.test('what a policy of a team can not correct, it names', async (t) => {
  const of = (url: string) => stored(aCreate({ ...MYSQL, MYSQL_URL: url }, { name: 'shop' }), [teamPolicy()]);
  t.same(of(`mysql://shop:${password}@db:3306/sys`), [{}, ['Warn MYSQL_URL mismatch']]);
  t.same(of('db'), [{}, ['Warn MYSQL_URL invalid-uri']]);
  const mongo = aPolicy('mongo', {
    keys: {
      MONGO_PASSWORD: { sensitive: true },
      MONGO_DB: {},
      MONGO_URL: {
        derive: { template: 'mongodb://shop:${MONGO_PASSWORD}@mongo:27017/${MONGO_DB}?authSource=admin' },
      },
    },
  });
  const request = (url: string) =>
    aCreate({ MONGO_PASSWORD: password, MONGO_DB: 'shop', MONGO_URL: url }, { name: 'shop' });
  t.same(stored(request(`mongodb://shop:${password}@mongo:27017/other`), [mongo]), [
    {},
    ['Warn MONGO_URL mismatch'],
  ]);
  t.same(stored(request(`mongodb://shop:${password}@mongo:27017/x?authSource=admin`), [mongo]), [
    { MONGO_URL: `mongodb://shop:${password}@mongo:27017/shop?authSource=admin` },
    [],
  ]);
});

t.test('a login whose keys and user are renamed in one write is still known', async (t) => {
  const url = `postgresql://shop:${password}@db/shop`;
  const renamed = { DB_USER: 'shop2', DB_PASSWORD: other, DB_NAME: 'shop', DB_HOST: 'db', DATABASE_URL: url };
  const { changes } = mutated(anUpdate({ ...BASES, DATABASE_URL: url }, renamed, stranger));
  t.equal(
    changes[0]?.warning,
    'user, password now follow DB_USER, DB_PASSWORD [lockstep/mismatch]',
    'and its password is the earlier one',
  );
});

t.test('if no key names the user, a URL with the password of another key is left alone', async (t) => {
  const third = 'mX4wLq8RtZ2kVn6bYc9d';
  const bitnami = { 'postgres-password': other, password };
  const url = `postgresql://shop:${password}@db/shop`;
  t.same(stored(aCreate({ ...bitnami, 'database-url': url }, stranger)), [{}, []]);
  const before = { ...bitnami, 'database-url': url };
  t.same(stored(anUpdate(before, { ...before, 'postgres-password': third }, stranger))[0], {});
  t.same(stored(anUpdate(before, { ...before, password: third }, stranger))[0], {});
  const redis = { REDIS_PASSWORD: other, CACHE_PASSWORD: password, CACHE_URL: `redis://:${password}@cache` };
  t.same(stored(aCreate(redis, stranger)), [{}, []]);
  t.same(
    stored(aCreate({ 'postgres-password': other, 'database-url': url }, stranger))[0],
    { 'database-url': `postgresql://shop:${other}@db/shop` },
    'else the password of the base key is bound',
  );
  const shared = { POSTGRES_PASSWORD: password, APP_PASSWORD: password, DATABASE_URL: url };
  t.same(
    stored(anUpdate(shared, { ...shared, POSTGRES_PASSWORD: other }, stranger))[0],
    { DATABASE_URL: `postgresql://shop:${other}@db/shop` },
    'an earlier password of the base key follows it',
  );
});

t.test('the DSN of PDO stays one', async (t) => {
  const base = {
    POSTGRES_USER: 'shop',
    POSTGRES_PASSWORD: password,
    POSTGRES_DB: 'shop',
    POSTGRES_HOST: 'db',
    JWT_SECRET: GOOD.key,
  };
  for (const name of ['ledger', 'reconciliation-secrets']) {
    const of = (dsn: string, secret: Readonly<Record<string, string>> = base) =>
      writtenValues(validated(aCreate({ ...secret, DATABASE_URL: dsn }, { name })));
    for (const kept of [
      `pgsql:host=db;port=5432;dbname=shop;user=shop;password=${password}`,
      'pgsql:host=db;dbname=shop',
      'pgsql:host=db port=5432 dbname=shop sslmode=require',
      'mysql:host=legacy;dbname=shop',
      'sqlsrv:Server=legacy;Database=shop',
      'oci:dbname=//legacy:1521/shop',
    ])
      t.same(of(kept), {}, kept);
    t.same(of(`pgsql:host=db;dbname=shop;user=shop;password=${other}`), {
      DATABASE_URL: `pgsql:host=db;dbname=shop;user=shop;password=${password}`,
    });
    t.same(
      of(`pgsql:host=db;dbname=shop;user=shop;password=${other}`, {
        ...base,
        POSTGRES_PASSWORD: `it's ${password}`,
      }),
      {
        DATABASE_URL: `pgsql:host=db;dbname=shop;user=shop;password='it\\'s ${password}'`,
      },
    );
  }
  t.same(
    writtenValues(
      validated(aCreate({ ...MYSQL, DATABASE_URL: 'mysql:host=db;dbname=shop' }, { name: 'ledger' })),
    ),
    {},
  );
});

t.test('a built-in policy gives its password to no other server', async (t) => {
  const decisionFor = (url: string) =>
    validated(aCreate({ REDIS_PASSWORD: password, REDIS_HOST: 'redis', REDIS_URL: url }, { name: 'ledger' }));
  const elsewhere = decisionFor('redis://cache.example.net:6379');
  t.same(writtenValues(elsewhere), {});
  t.match(sentences(elsewhere), [/^REDIS_URL: has another host than REDIS_HOST, and host is not changed/]);
  t.same(writtenValues(decisionFor('redis://redis:6379')), { REDIS_URL: `redis://:${password}@redis:6379` });
});
