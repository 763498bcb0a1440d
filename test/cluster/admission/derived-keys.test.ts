import t from 'tap';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam } from '../../helpers/cluster/team.ts';
import { GOOD } from '../../helpers/engine/engine.ts';

/** Whose URL a write may change, on a real API server and with a real kubectl. */

t.setTimeout(10 * 60 * 1000);

const { cluster } = await aClusterWithLockstep(t);
const { password, other } = GOOD;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Each spelling of a URL of another user, and what `reconciliation-secrets` holds then. */
const OTHER_USER: Readonly<Record<string, readonly [written: string, stored: string]>> = {
  'a URL': [
    `postgresql://reports:${other}@db:5432/reports`,
    `postgresql://recon:${password}@db:5432/reconciliation`,
  ],
  'the right password': [
    `postgresql://reports:${password}@db/reconciliation`,
    `postgresql://recon:${password}@db/reconciliation`,
  ],
  'the query': [
    `postgresql://db/x?user=reports&password=${other}`,
    `postgresql://db/reconciliation?user=recon&password=${password}`,
  ],
  'a keyword string': [
    `host=db user=reports password=${other} dbname=x`,
    `host=db user=recon password=${password} dbname=reconciliation`,
  ],
  'a driver': [
    `postgresql+asyncpg://reports:${other}@db/x`,
    `postgresql+asyncpg://recon:${password}@db/reconciliation`,
  ],
  JDBC: [
    `jdbc:postgresql://db/x?user=reports&password=${other}`,
    `jdbc:postgresql://db/reconciliation?user=recon&password=${password}`,
  ],
  'base64 in base64': [
    base64(`postgresql://reports:${other}@db/x`),
    `postgresql://recon:${password}@db/reconciliation`,
  ],
  'percent twice': [
    `postgresql://re%2570orts:${other}@db/x`,
    `postgresql://recon:${password}@db/reconciliation`,
  ],
  'a newline': [`postgresql://reports:${other}@db/x\n`, `postgresql://recon:${password}@db/reconciliation`],
};

for (const [what, [written, stored]] of Object.entries(OTHER_USER))
  t.test(`reconciliation-secrets: another user in ${what} is corrected`, async (t) => {
    const team = await aTeam(cluster);
    const { stderr } = await team.run('create -f -', { input: aManifest({ DATABASE_URL: written }) });
    t.match(stderr, /Warning: data\[DATABASE_URL\]: [^\n]*user[^\n]* now follow[^\n]*POSTGRES_USER/);
    t.equal((await team.stored())?.values.DATABASE_URL, stored);
    await team.patch('merge', { data: { DATABASE_URL: base64(written) } });
    t.equal((await team.stored())?.values.DATABASE_URL, stored, 'and so is an update');
  });

const name = 'shop-db';
const BASES = {
  POSTGRES_USER: 'shop',
  POSTGRES_PASSWORD: password,
  POSTGRES_DB: 'shop',
  POSTGRES_HOST: 'db',
  POSTGRES_PORT: '5432',
};
const REDIS = { REDIS_HOST: 'redis', REDIS_PASSWORD: password, REDIS_DB: '0' };
const AMQP = {
  RABBITMQ_HOST: 'mq',
  RABBITMQ_DEFAULT_USER: 'shop',
  RABBITMQ_DEFAULT_PASS: password,
  RABBITMQ_DEFAULT_VHOST: 'shop',
};
type Values = Readonly<Record<string, string>>;

/** Base keys, the key of a URL, the URL with `$` for its password, and the key of that password. */
const STRANGERS: Readonly<Record<string, readonly [Values, string, string, string]>> = {
  pgbouncer: [BASES, 'DATABASE_URL', 'postgresql://shop:$@pgbouncer:5432/shop', 'POSTGRES_PASSWORD'],
  'a replica': [BASES, 'DATABASE_URL', 'postgresql://shop:$@db-ro:5432/shop', 'POSTGRES_PASSWORD'],
  'an address': [BASES, 'DATABASE_URL', 'postgresql://shop:$@10.0.0.5:5432/shop', 'POSTGRES_PASSWORD'],
  'a full name': [BASES, 'DATABASE_URL', 'postgresql://shop:$@db.prod.svc:5432/shop', 'POSTGRES_PASSWORD'],
  'another database': [BASES, 'DATABASE_URL', 'postgresql://shop:$@db:5432/reports', 'POSTGRES_PASSWORD'],
  'a socket': [BASES, 'DATABASE_URL', 'postgresql://shop:$@%2Frun%2Fpg/shop', 'POSTGRES_PASSWORD'],
  'Cloud SQL': [
    BASES,
    'DATABASE_URL',
    'postgresql:///shop?host=/cloudsql/acme:eu:pg&user=shop&password=$',
    'POSTGRES_PASSWORD',
  ],
  'another Redis': [REDIS, 'REDIS_URL', 'redis://:$@cache:6379/0', 'REDIS_PASSWORD'],
  'another database of Redis': [REDIS, 'REDIS_URL', 'redis://:$@redis:6379/3', 'REDIS_PASSWORD'],
  'another virtual host': [AMQP, 'AMQP_URL', 'amqp://shop:$@mq:5672/other', 'RABBITMQ_DEFAULT_PASS'],
};

for (const [what, [bases, key, url, passwordKey]] of Object.entries(STRANGERS))
  t.test(`a Secret of strangers: ${what} is not redirected`, async (t) => {
    const team = await aTeam(cluster);
    const write = (values: Values, words = 'apply --server-side --force-conflicts -f -') =>
      team.run(words, { input: { ...aManifest(), metadata: { name }, stringData: values } });
    const values: Values = { ...bases, [key]: url.replace('$', password), LOG_LEVEL: 'info' };
    const created = await write(values);
    t.match(
      created.stderr,
      new RegExp(
        `^Warning: data\\[${key}\\]: has another [^\\n]*, and [a-z, ]+ (?:is|are) (?:not )?changed [^\\n]*\\n$`,
      ),
    );
    t.same((await team.stored(name))?.values, values);

    const unrelated = await write({ ...values, LOG_LEVEL: 'debug' });
    t.equal(unrelated.stderr, '', 'a write of another key says nothing');
    t.same((await team.stored(name))?.values, { ...values, LOG_LEVEL: 'debug' });

    const rotated = await write({ ...values, [passwordKey]: other });
    t.match(rotated.stderr, `data[${key}]: password now follows ${passwordKey}`);
    t.equal((await team.stored(name))?.values[key], url.replace('$', other), 'a new password follows');
  });

t.test(
  'a Secret of strangers: the login of another user stays, and the user follows its password',
  async (t) => {
    const team = await aTeam(cluster);
    const create = (secret: string, DATABASE_URL: string) =>
      team.run('create -f -', {
        input: { ...aManifest(), metadata: { name: secret }, stringData: { ...BASES, DATABASE_URL } },
      });
    const login = `postgresql://reports:${other}@db:5432/shop`;
    t.match((await create('a', login)).stderr, 'has another user than POSTGRES_USER, and nothing is changed');
    t.equal((await team.stored('a'))?.values.DATABASE_URL, login);
    await create('b', `postgresql://reports:${password}@pooler:5432/x`);
    t.equal((await team.stored('b'))?.values.DATABASE_URL, `postgresql://shop:${password}@pooler:5432/x`);
  },
);

t.test('an added key is announced, and none is added next to a URL of its system', async (t) => {
  const team = await aTeam(cluster);
  const create = (secret: string, values: Values) =>
    team.run('create -f -', {
      input: { ...aManifest(), metadata: { name: secret }, stringData: values },
    });
  t.match(
    (await create('a', BASES)).stderr,
    /^Warning: data\[DATABASE_URL\]: was missing, and was added: derived from POSTGRES_USER, [^\n]*\n$/,
  );
  const beside = { ...BASES, DIRECT_URL: `postgresql://shop:${password}@db:5432/shop` };
  t.equal((await create('b', beside)).stderr, '');
  t.same((await team.stored('b'))?.values, beside);
});
