import t from 'tap';

import {
  aCreate,
  anUpdate,
  aPolicy,
  builtins,
  GOOD,
  reasons,
  reportedFindings,
  STORY,
  STORY_URL,
  sentences,
  validated,
  validatedOnly,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

const { password, other } = GOOD;
const BASES = { POSTGRES_USER: 'recon', POSTGRES_PASSWORD: password, POSTGRES_DB: 'reconciliation' };
const warningsOf = (decision: ReturnType<typeof validated>): readonly (string | undefined)[] =>
  decision.changes.map(({ warning }) => warning);

/** The new value of this DATABASE_URL in the example Secret. Undefined if it stays as it is. */
const becomes = (url: string, more = {}): string | undefined =>
  writtenValues(validated(aCreate({ ...STORY, ...more, DATABASE_URL: url }))).DATABASE_URL;

t.test('writes an absent DATABASE_URL from the template', async (t) => {
  const decision = validated(aCreate(STORY));
  t.same(writtenValues(decision), { DATABASE_URL: STORY_URL });
  t.same(reasons(decision), { DATABASE_URL: 'derived' });
  t.same(reportedFindings(decision), []);
  t.same(warningsOf(decision), [
    'was missing, and was added: derived from POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB',
  ]);
});

t.test('writes an empty DATABASE_URL from the template', async (t) => {
  t.equal(becomes(''), STORY_URL);
});

t.test('replaces an unusable URL with a warning', async (t) => {
  for (const text of ['postgres-service:5432/app', 'not a url', 'postgresql://', 'CHANGE_ME']) {
    const decision = validated(aCreate({ ...STORY, DATABASE_URL: text }));
    t.same(writtenValues(decision), { DATABASE_URL: STORY_URL }, text);
    t.same(reasons(decision), { DATABASE_URL: 'invalid-uri' }, text);
    t.same(reportedFindings(decision), [], text);
  }
});

t.test('leaves a URL unchanged if its bound parts agree', async (t) => {
  for (const url of [
    STORY_URL,
    `postgres://recon:${password}@pooler.db.svc:6432/reconciliation`,
    `postgresql+asyncpg://recon:${password}@postgres-service/reconciliation`,
    `postgresql://recon:${password}@a:5432,b:5433/reconciliation?target_session_attrs=read-write`,
    `postgresql://recon:${password}@[fd00::10]:5432/reconciliation?sslmode=require&connection_limit=5`,
    `postgresql://recon:${password}@%2Fvar%2Frun%2Fpostgresql/reconciliation`,
    `postgresql:///reconciliation?host=/var/run/postgresql&user=recon&password=${password}`,
    `jdbc:postgresql://db:5432/reconciliation?user=recon&password=${password}`,
    `jdbc:postgresql://db:5432/reconciliation`,
    `host=db user=recon password=${password} dbname=reconciliation`,
  ]) {
    t.equal(becomes(url), undefined, url);
  }
});

t.test('overwrites a different bound part, and keeps the free parts', async (t) => {
  const pooler = (pw: string): string =>
    `postgres://recon:${pw}@pooler:6432/reconciliation?sslmode=require&connection_limit=5`;
  t.equal(becomes(pooler(other)), pooler(password));
  t.equal(
    becomes(`postgresql+psycopg://recon:${other}@h/olddb`),
    `postgresql+psycopg://recon:${password}@h/reconciliation`,
    'password and database',
  );
  t.equal(
    becomes(`jdbc:postgresql://db/reconciliation?user=recon&password=${other}&ssl=true`),
    `jdbc:postgresql://db/reconciliation?user=recon&password=${password}&ssl=true`,
  );
  t.equal(
    becomes(`host=db user=recon password='${other}' dbname=reconciliation`),
    `host=db user=recon password=${password} dbname=reconciliation`,
  );
});

t.test('the warning names the parts and the keys, and no value', async (t) => {
  const decision = validated(
    anUpdate(
      { ...STORY, DATABASE_URL: STORY_URL },
      { ...STORY, POSTGRES_PASSWORD: other, DATABASE_URL: STORY_URL },
    ),
  );
  t.same(reasons(decision), { DATABASE_URL: 'mismatch' });
  t.same(warningsOf(decision), ['password now follows POSTGRES_PASSWORD [lockstep/mismatch]']);
  t.same(reportedFindings(decision), []);
});

t.test('replaces a password typed into the URL only, and names the key to change', async (t) => {
  const decision = validated(
    anUpdate(
      { ...STORY, DATABASE_URL: STORY_URL },
      { ...STORY, DATABASE_URL: STORY_URL.replace(password, other) },
    ),
  );
  t.same(writtenValues(decision), { DATABASE_URL: STORY_URL });
  t.match(warningsOf(decision)[0], /was not kept, change POSTGRES_PASSWORD instead/);
});

t.test('a URL without a host gets the host of the template', async (t) => {
  t.equal(
    becomes(`postgresql://recon:${password}@/reconciliation`),
    `postgresql://recon:${password}@postgres-service/reconciliation`,
  );
});

t.test('a URL with a placeholder host or port gets the template’s, and keeps the rest', async (t) => {
  const filled = (server: string): string => `postgres://recon:${password}@${server}/reconciliation?pool=5`;
  t.equal(becomes(filled('<host>:6432')), filled('postgres-service:6432'));
  t.equal(becomes(filled('${DB_HOST}')), filled('postgres-service'));
  t.equal(becomes(filled('pooler:${PORT}')), filled('pooler:5432'));
  t.equal(becomes(filled('<host>'), { POSTGRES_HOST: 'db' }), filled('db'));
});

t.test('keeps a pooler: another host and another port than the Secret names', async (t) => {
  const pooled = `postgresql://recon:${password}@pgbouncer:6432/reconciliation`;
  t.equal(becomes(pooled, { POSTGRES_HOST: 'pg-rw', POSTGRES_PORT: '5432' }), undefined);
  t.equal(becomes(pooled, { POSTGRES_HOST: 'pg-rw' }), undefined, 'the port of the template counts');
  t.equal(
    becomes(pooled.replace(password, other), { POSTGRES_HOST: 'pg-rw' }),
    pooled,
    'and its password follows',
  );
  const direct = (host: string, port: string) =>
    `postgresql://recon:${password}@${host}${port}/reconciliation`;
  t.equal(becomes(direct('old', ':5432'), { POSTGRES_HOST: 'pg-rw' }), direct('pg-rw', ':5432'));
  t.equal(becomes(direct('old', ''), { POSTGRES_HOST: 'pg-rw' }), direct('pg-rw', ''), 'the default port');
  t.equal(
    becomes(direct('pg-rw', ':6432'), { POSTGRES_HOST: 'pg-rw', POSTGRES_PORT: '5432' }),
    direct('pg-rw', ':5432'),
    'the same host with another port is no pooler',
  );
});

t.test('a URL follows a server that moves to another host and port', async (t) => {
  const at = (host: string, port: string) => ({ ...STORY, POSTGRES_HOST: host, POSTGRES_PORT: port });
  const url = (server: string) => `postgresql://recon:${password}@${server}/reconciliation`;
  const decision = validated(
    anUpdate(
      { ...at('old', '5432'), DATABASE_URL: url('old:5432') },
      { ...at('new', '6543'), DATABASE_URL: url('old:5432') },
    ),
  );
  t.same(writtenValues(decision), { DATABASE_URL: url('new:6543') });
});

t.test('writes the scheme of a PostgreSQL URL in lower case', async (t) => {
  const rest = `://recon:${password}@db/reconciliation`;
  const decision = validated(aCreate({ ...STORY, DATABASE_URL: `POSTGRESQL${rest}` }));
  t.same(writtenValues(decision), { DATABASE_URL: `postgresql${rest}` });
  t.same(reasons(decision), { DATABASE_URL: 'invalid-uri' });
  t.same(warningsOf(decision), [
    'its scheme is now in lower case, because drivers read no other [lockstep/invalid-uri]',
  ]);
  t.equal(
    becomes(`Postgres+AsyncPG${rest.replace(password, other)}`),
    `postgres+asyncpg${rest}`,
    'together with a password',
  );
  t.equal(
    becomes(`jdbc:PostgreSQL://db/reconciliation?user=recon&password=${password}`),
    `jdbc:postgresql://db/reconciliation?user=recon&password=${password}`,
  );
});

t.test('reads further schemes as PostgreSQL, and keeps their spelling', async (t) => {
  for (const scheme of ['pg', 'pgx', 'pgbouncer', 'db+postgresql'])
    t.equal(
      becomes(`${scheme}://recon:${other}@db/reconciliation`),
      `${scheme}://recon:${password}@db/reconciliation`,
    );
});

t.test('never keeps a URL that no driver can use', async (t) => {
  const rest = `recon:${password}@db:5432/reconciliation`;
  const unusable = [
    `http://${rest}`,
    `https://${rest}`,
    `//${rest}`,
    rest,
    `postgresql://recon:${password}@d b/reconciliation`,
    `postgresql://recon:${password}@tcp(db:5432)/reconciliation`,
    'postgresql://',
  ];
  const elsewhere = { name: 'shop-db' };
  for (const url of unusable) {
    t.equal(becomes(url), STORY_URL, url);
    t.same(
      reportedFindings(validated(aCreate({ ...BASES, DATABASE_URL: url }, elsewhere))),
      ['Enforce DATABASE_URL invalid-uri'],
      'where no host is known',
    );
  }
  for (const port of ['54x2', '5432)', '65536', '99999', '0'])
    t.equal(
      becomes(`postgresql://recon:${password}@db:${port}/reconciliation`),
      `postgresql://recon:${password}@db:5432/reconciliation`,
      port,
    );
  t.equal(
    becomes(`postgresql://recon:${password}%zz@db/reconciliation`),
    `postgresql://recon:${password}@db/reconciliation`,
  );
});

t.test('a policy that binds all parts keeps no address of a web server', async (t) => {
  t.equal(becomes('https://shop-api.example.org/v1'), STORY_URL);
});

t.test('keeps what some program can use', async (t) => {
  const elsewhere = { name: 'shop-db' };
  for (const url of ['https://shop-api.example.org/v1', 'db.shop.svc:5432', 'db'])
    t.same(
      reportedFindings(validated(aCreate({ ...BASES, DATABASE_URL: url }, elsewhere))).filter((line) =>
        line.startsWith('Enforce'),
      ),
      [],
      url,
    );
});

t.test('a keyword string gets a missing login, unless a file holds it', async (t) => {
  t.equal(
    becomes('host=db user=recon dbname=reconciliation'),
    `host=db user=recon dbname=reconciliation password=${password}`,
  );
  for (const source of ['passfile=/run/pgpass', 'service=shop', 'sslcert=/run/tls.crt'])
    t.equal(becomes(`host=db user=recon dbname=reconciliation ${source}`), undefined, source);
});

t.test('warns of further URLs of the same login with another password', async (t) => {
  const warned = (more: Record<string, string>) =>
    reportedFindings(
      validated(
        aCreate({ ...STORY, DATABASE_URL: `postgresql://recon:${password}@db/reconciliation`, ...more }),
      ),
    );
  const stale = [
    ['DIRECT_URL', `postgresql://recon:${other}@direct:5432/reconciliation`],
    ['QUEUE_DATABASE_URL', `postgresql://recon:${other}@db/queue`],
    ['CELERY_RESULT_BACKEND', `db+postgresql://recon:${other}@db/reconciliation`],
  ] as const;
  for (const [key, url] of stale) t.same(warned({ [key]: url }), [`Warn ${key} stale-copy`]);
  for (const url of [
    `postgresql://other:${other}@db/queue`,
    `postgresql://recon:${other}@another-server/queue`,
    `postgresql://recon:${password}@db/queue`,
    `mysql://recon:${other}@db/queue`,
  ])
    t.same(warned({ QUEUE_DATABASE_URL: url }), [], url);
});

t.test('warns of one user’s password in two spellings with two values', async (t) => {
  const warned = (data: Record<string, string>) =>
    reportedFindings(validated(aCreate(data, { name: 'shop-db' })));
  t.same(warned({ ...BASES, PGPASSWORD: other }), ['Warn PGPASSWORD stale-copy']);
  t.same(warned({ ...BASES, 'postgres-password': other }), ['Warn postgres-password stale-copy']);
  t.same(warned({ ...BASES, DB_USER: 'recon', DB_PASSWORD: other }), ['Warn DB_PASSWORD stale-copy']);
  const url = `postgresql://recon:${other}@db/reconciliation`;
  t.same(
    warned({ ...BASES, PGPASSWORD: other, DATABASE_URL: url }),
    ['Warn POSTGRES_PASSWORD stale-copy'],
    'the spelling that the URL follows counts',
  );
  for (const good of [
    { ...BASES, PGPASSWORD: password },
    { ...BASES, DB_USER: 'shop', DB_PASSWORD: other },
    { ...BASES, DB_PASSWORD: other },
    { ...BASES, PGUSER: 'postgres', PGPASSWORD: other },
  ])
    t.same(warned(good), [], Object.keys(good).join());
  const mysql = { MYSQL_USER: 'shop', MYSQL_PASSWORD: password, MARIADB_PASSWORD: other };
  t.same(warned(mysql), ['Warn MARIADB_PASSWORD stale-copy']);
  t.same(warned({ ...mysql, MARIADB_PASSWORD: password, MYSQL_ROOT_PASSWORD: other }), []);
  const [sentence] = sentences(validated(aCreate({ ...BASES, PGPASSWORD: other }, { name: 'shop-db' })));
  t.match(sentence, 'PGPASSWORD: holds another password than POSTGRES_PASSWORD for the same user');
});

t.test('binds host and port if the Secret holds them', async (t) => {
  const hosts = { POSTGRES_HOST: 'db.prod.svc', POSTGRES_PORT: '6543' };
  t.equal(
    writtenValues(validated(aCreate({ ...STORY, ...hosts }))).DATABASE_URL,
    STORY_URL.replace('postgres-service:5432', 'db.prod.svc:6543'),
  );
  t.equal(becomes(STORY_URL, hosts), STORY_URL.replace('postgres-service:5432', 'db.prod.svc:6543'));
  t.equal(
    becomes(`postgresql://recon:${password}@DB.Prod.SVC:6543/reconciliation`, hosts),
    undefined,
    'case is no difference',
  );
  t.equal(
    becomes(`postgresql://recon:${password}@db.prod.svc/reconciliation`, { POSTGRES_PORT: '5432' }),
    undefined,
    'the default port may be left out',
  );
});

t.test('puts an IPv6 host in brackets', async (t) => {
  t.equal(
    writtenValues(validated(aCreate({ ...STORY, POSTGRES_HOST: 'fd00::10' }))).DATABASE_URL,
    STORY_URL.replace('postgres-service', '[fd00::10]'),
  );
});

t.test('encodes a password that every driver reads alike', async (t) => {
  const raw = "p@ss/w:rd?#[]%41 &='\\é9XkQ";
  const encoded = 'p%40ss%2Fw%3Ard%3F%23%5B%5D%2541%20%26%3D%27%5C%C3%A99XkQ';
  const derived = STORY_URL.replace(password, encoded);
  t.equal(writtenValues(validated(aCreate({ ...STORY, POSTGRES_PASSWORD: raw }))).DATABASE_URL, derived);
  t.equal(becomes(derived, { POSTGRES_PASSWORD: raw }), undefined, 'and then it agrees');
});

t.test('recognises and encodes a raw password in the URL', async (t) => {
  const raw = 'p@ss/w9XkQ7mT2xL';
  const decision = validated(
    aCreate({
      ...STORY,
      POSTGRES_PASSWORD: raw,
      DATABASE_URL: `postgresql://recon:${raw}@pooler:6432/reconciliation`,
    }),
  );
  t.same(writtenValues(decision), {
    DATABASE_URL: 'postgresql://recon:p%40ss%2Fw9XkQ7mT2xL@pooler:6432/reconciliation',
  });
  t.same(reasons(decision), { DATABASE_URL: 'unescaped-uri' });
});

t.test('a second password or host in the query is a mismatch', async (t) => {
  const url = `postgresql://recon:${password}@postgres-service:5432/reconciliation`;
  for (const [query, warning] of [
    [
      'password=changeme',
      /^password now follows POSTGRES_PASSWORD .*the password typed into it was not kept/,
    ],
    ['dbname=other', /^database now follows POSTGRES_DB/],
  ] as const) {
    const decision = validated(aCreate({ ...STORY, DATABASE_URL: `${url}?${query}` }));
    t.same(reasons(decision), { DATABASE_URL: 'mismatch' }, query);
    t.match(warningsOf(decision)[0], warning, query);
  }
});

t.test('leaves a URL of another system, and validates its password', async (t) => {
  for (const url of [
    `sqlserver://sa:${other}@db:1433/app`,
    `mongodb://app:${other}@m1,m2/app`,
    `mysql://app:${other}@db/app`,
  ]) {
    const decision = validated(aCreate({ ...STORY, DATABASE_URL: url }));
    t.same(writtenValues(decision), {}, url);
    t.same(reportedFindings(decision), [], url);
  }
  t.same(reportedFindings(validated(aCreate({ ...STORY, DATABASE_URL: 'mysql://app:changeme@db/app' }))), [
    'Enforce DATABASE_URL placeholder',
  ]);
});

t.test('derives nothing from an invalid base key, and the finding names it', async (t) => {
  for (const [value, rule] of [
    ['CHANGE_ME', 'placeholder'],
    ['${POSTGRES_PASSWORD}', 'unrendered-template'],
    ['vault:secret/data/db#password', 'unresolved-reference'],
    ['a9Xk\tQ7mT2xLr9KcW4n', 'control-character'],
  ] as const) {
    const decision = validated(aCreate({ ...STORY, POSTGRES_PASSWORD: value }));
    t.same(writtenValues(decision), {}, rule);
    t.same(reportedFindings(decision), [`Enforce POSTGRES_PASSWORD ${rule}`], rule);
  }
});

t.test('derives from an accepted weak value, because a stale URL would be worse', async (t) => {
  const lenient = aPolicy('lenient', {
    action: 'Warn',
    keys: {
      POSTGRES_PASSWORD: { sensitive: true, minLength: 40 },
      DATABASE_URL: { derive: { template: 'postgresql://app:${POSTGRES_PASSWORD}@db:5432/app' } },
    },
  });
  const decision = validated(aCreate({ POSTGRES_PASSWORD: password }), [lenient]);
  t.same(writtenValues(decision), { DATABASE_URL: `postgresql://app:${password}@db:5432/app` });
  t.same(reportedFindings(decision), ['Warn POSTGRES_PASSWORD min-length']);
});

t.test(
  'keeps a part of a usable URL without its base key, and names the missing key otherwise',
  async (t) => {
    const { POSTGRES_DB: _, ...withoutDb } = STORY;
    const url = `postgresql://recon:${other}@pooler:6432/kept`;
    t.equal(
      writtenValues(validated(aCreate({ ...withoutDb, DATABASE_URL: url }), builtins)).DATABASE_URL,
      `postgresql://recon:${password}@pooler:6432/kept`,
    );
    t.same(reportedFindings(validated(aCreate(withoutDb))), ['Enforce DATABASE_URL underivable']);
    t.match(
      sentences(validated(aCreate(withoutDb))).join('\n'),
      /DATABASE_URL: can not be derived without POSTGRES_DB/,
    );
  },
);

t.test('postgres-credentials adds a URL only where the Secret names POSTGRES_HOST', async (t) => {
  const elsewhere = { name: 'shop-db' };
  const alone = validated(aCreate(BASES, elsewhere));
  t.same([writtenValues(alone), reportedFindings(alone)], [{}, []]);
  t.same(writtenValues(validated(aCreate({ ...BASES, POSTGRES_HOST: 'db' }, elsewhere))), {
    DATABASE_URL: `postgresql://recon:${password}@db:5432/reconciliation`,
  });
  t.same(
    writtenValues(
      validated(aCreate({ ...BASES, DATABASE_URL: `postgres://recon:${other}@h/reconciliation` }, elsewhere)),
    ),
    { DATABASE_URL: `postgres://recon:${password}@h/reconciliation` },
    'and corrects it where there is one',
  );
});

t.test('uses the alias that the Secret holds, and names it in messages', async (t) => {
  const decision = validated(
    aCreate(
      {
        DB_USER: 'shop',
        DB_PASSWORD: password,
        DB_NAME: 'shop',
        'database-url': `postgres://shop:${other}@h/shop`,
      },
      { name: 'shop' },
    ),
  );
  t.same(writtenValues(decision), { 'database-url': `postgres://shop:${password}@h/shop` });
  t.same(reportedFindings(validated(aCreate({ DB_PASSWORD: 'CHANGE_ME' }, { name: 'shop' }))), [
    'Enforce DB_PASSWORD placeholder',
  ]);
});

t.test('keeps a free part even if the Secret holds its key', async (t) => {
  const pooled = aPolicy('pooled', {
    keys: {
      POSTGRES_HOST: {},
      POSTGRES_PASSWORD: { sensitive: true },
      DATABASE_URL: {
        derive: {
          template: 'postgresql://app:${POSTGRES_PASSWORD}@${POSTGRES_HOST}:5432/app',
          free: ['host', 'port'],
        },
      },
    },
  });
  const data = { POSTGRES_HOST: 'db', POSTGRES_PASSWORD: password };
  t.same(
    writtenValues(
      validated(aCreate({ ...data, DATABASE_URL: `postgresql://app:${other}@pooler:6432/app` }), [pooled]),
    ),
    {
      DATABASE_URL: `postgresql://app:${password}@pooler:6432/app`,
    },
  );
});

t.test('binds a parameter if the Secret holds its key, and keeps the free ones', async (t) => {
  const template = 'postgresql://app:${P}@db:5432/app?sslmode=${SSL_MODE:-disable}&pool=5';
  const policy = aPolicy('app', {
    keys: { P: { sensitive: true }, SSL_MODE: {}, URL: { derive: { template } } },
  });
  const url = (query: string): string => `postgresql://app:${password}@db:5432/app?${query}`;
  const query = 'sslmode=require&pool=9';
  t.same(writtenValues(validated(aCreate({ P: password, URL: url(query) }), [policy])), {});
  t.same(
    writtenValues(validated(aCreate({ P: password, SSL_MODE: 'verify-full', URL: url(query) }), [policy])),
    {
      URL: url('sslmode=verify-full&pool=9'),
    },
  );
});

t.test('a key in mode Exact, or without a URL template, always equals the template', async (t) => {
  const exact = aPolicy('exact', {
    keys: {
      P: { sensitive: true },
      URL: { derive: { template: 'redis://:${P}@redis:6379/0', mode: 'Exact' } },
      JDBC: { derive: { template: 'jdbc:postgresql://db:5432/app?user=app&password=${P}' } },
      DSN: { derive: { template: 'host=db user=app password=${P} dbname=app' } },
      LINE: { derive: { template: 'db:5432:app:app:${P}' } },
    },
  });
  const raw = 'a b&c=9XkQ7mT2xLr9';
  const all = {
    URL: 'redis://:a%20b%26c%3D9XkQ7mT2xLr9@redis:6379/0',
    JDBC: 'jdbc:postgresql://db:5432/app?user=app&password=a%20b%26c%3D9XkQ7mT2xLr9',
    DSN: "host=db user=app password='a b&c=9XkQ7mT2xLr9' dbname=app",
    LINE: 'db:5432:app:app:a b&c=9XkQ7mT2xLr9',
  };
  t.same(writtenValues(validated(aCreate({ P: raw }), [exact])), all);
  t.same(
    writtenValues(validated(aCreate({ P: raw, ...all, URL: `${all.URL}?x=1`, LINE: 'other' }), [exact])),
    {
      URL: all.URL,
      LINE: all.LINE,
    },
  );
});

t.test('derives a key from another derived key, in order of dependency', async (t) => {
  const chain = aPolicy('chain', {
    keys: {
      C: { derive: { template: 'c-${B}' } },
      B: { derive: { template: 'b-${A}' } },
      A: {},
    },
  });
  t.same(writtenValues(validated(aCreate({ A: '1' }), [chain])), { B: 'b-1', C: 'c-b-1' });
});

t.test('decodes base64 of a usable URL for a derived key', async (t) => {
  const encoded = Buffer.from(`${STORY_URL}\n`).toString('base64');
  const decision = validated(aCreate({ ...STORY, DATABASE_URL: encoded }));
  t.same(writtenValues(decision), { DATABASE_URL: STORY_URL });
  t.same(reasons(decision), { DATABASE_URL: 'double-base64' });
});

t.test('reports a skipped correction as a finding', async (t) => {
  t.same(reportedFindings(validatedOnly(aCreate(STORY))), ['Enforce DATABASE_URL required']);
  t.same(
    reportedFindings(validatedOnly(aCreate({ ...STORY, DATABASE_URL: STORY_URL.replace(password, other) }))),
    ['Enforce DATABASE_URL mismatch'],
  );
  t.same(reportedFindings(validatedOnly(aCreate({ ...STORY, DATABASE_URL: 'nonsense' }))), [
    'Enforce DATABASE_URL invalid-uri',
  ]);
  t.same(reportedFindings(validatedOnly(aCreate({ ...STORY, DATABASE_URL: STORY_URL }))), []);
});

t.test(
  'reports an invalid host, port or database name at its key, and derives nothing from it',
  async (t) => {
    for (const [key, value, rule] of [
      ['POSTGRES_HOST', 'db:5432', 'format'],
      ['POSTGRES_HOST', 'postgresql://db', 'format'],
      ['POSTGRES_PORT', 'abc', 'format'],
      ['POSTGRES_PORT', '70000', 'format'],
      ['POSTGRES_DB', 'my db', 'unportable-name'],
      ['POSTGRES_DB', 'münchen', 'unportable-name'],
    ] as const) {
      const decision = validated(aCreate({ ...STORY, [key]: value }));
      t.same(writtenValues(decision), {}, `${key}=${value}`);
      t.same(reportedFindings(decision), [`Enforce ${key} ${rule}`], `${key}=${value}`);
    }
  },
);

t.test('refuses a value too long for a URL at its own key, and derives nothing from it', async (t) => {
  for (const key of ['POSTGRES_HOST', 'POSTGRES_USER', 'POSTGRES_PASSWORD']) {
    const decision = validated(aCreate({ ...STORY, [key]: GOOD.key.repeat(100) }));
    t.same([reportedFindings(decision), writtenValues(decision)], [[`Enforce ${key} format`], {}], key);
  }
});
