import t from 'tap';
import {
  aCreate,
  anUpdate,
  GOOD,
  reasons,
  reportedFindings,
  STORY,
  sentences,
  validated,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

const { password, other } = GOOD;
const RABBIT = { SPRING_RABBITMQ_USERNAME: 'orders', SPRING_RABBITMQ_PASSWORD: password };
const SHOP = { name: 'shop' };

/** Base keys, key, and a list with `$` for each password. */
const LISTS: readonly (readonly [Record<string, string>, string, string])[] = [
  [
    RABBIT,
    'SPRING_RABBITMQ_ADDRESSES',
    'amqp://orders:$@rmq-0:5672,amqp://orders:$@rmq-1:5672,amqp://orders:$@rmq-2:5672',
  ],
  [RABBIT, 'SPRING_RABBITMQ_ADDRESSES', 'amqps://orders:$@rmq-0:5671/v,amqps://orders:$@rmq-1:5671/v'],
  [RABBIT, 'CELERY_BROKER_URL', 'amqp://orders:$@rmq-0:5672//;amqp://orders:$@rmq-1:5672//'],
  [RABBIT, 'CELERY_BROKER_URL', 'amqp://orders:$@rmq-0; amqp://orders:$@rmq-1'],
  [{ REDIS_PASSWORD: password }, 'REDIS_URL', 'redis://:$@a:6379,redis://:$@b:6379'],
];

t.test('each URL of a list follows its base keys, and none is lost', async (t) => {
  for (const [bases, key, list] of LISTS) {
    const [fresh, stale] = [password, other].map((secret) => list.replaceAll('$', secret)) as [
      string,
      string,
    ];
    const created = validated(aCreate({ ...bases, [key]: stale }, SHOP));
    t.same(writtenValues(created), { [key]: fresh }, list);
    t.same(writtenValues(validated(aCreate({ ...bases, [key]: fresh }, SHOP))), {}, 'then it is kept');
    const passwordKey = Object.keys(bases).at(-1)!;
    const update = anUpdate(
      { ...bases, [passwordKey]: other, [key]: stale },
      { ...bases, [key]: stale },
      SHOP,
    );
    const updated = validated(update);
    t.same(writtenValues(updated), { [key]: fresh }, 'as an update');
    t.notMatch(
      JSON.stringify(updated.changes.map(({ warning }) => warning ?? '')),
      /neither/,
      'it knew the earlier password',
    );
    const half = list.replace('$', password).replaceAll('$', other);
    t.same(
      writtenValues(validated(aCreate({ ...bases, [key]: half }, SHOP))),
      { [key]: fresh },
      'one was right',
    );
  }
});

t.test('a list of URLs under a key without a template has no finding', async (t) => {
  const urls = `nats://app:${password}@n1:4222,nats://app:${other}@n2:4222`;
  t.same(reportedFindings(validated(aCreate({ NATS_URL: urls }, SHOP))), []);
  const raw = 'nats://app:zQ7@mT2/xLr9KcW4@n1:4222';
  t.same(reportedFindings(validated(aCreate({ NATS_URL: raw }, SHOP))), ['Warn NATS_URL unescaped-uri']);
});

t.test('a URL of another server, user or system stays in its list', async (t) => {
  const list = `amqp://orders:${other}@rmq-0:5672,amqp://reports:${other}@rmq-1:5672`;
  const decision = validated(aCreate({ ...RABBIT, CELERY_BROKER_URL: list }, SHOP));
  t.same(writtenValues(decision), {
    CELERY_BROKER_URL: `amqp://orders:${password}@rmq-0:5672,amqp://reports:${other}@rmq-1:5672`,
  });
  t.same(Object.keys(reasons(decision)), ['CELERY_BROKER_URL']);
});

t.test('a list without logins gets one in each URL', async (t) => {
  const { CELERY_BROKER_URL } = writtenValues(
    validated(aCreate({ ...RABBIT, CELERY_BROKER_URL: 'amqp://a:5672,amqp://b:5672' }, SHOP)),
  );
  t.equal(CELERY_BROKER_URL, `amqp://orders:${password}@a:5672,amqp://orders:${password}@b:5672`);
});

t.test('a list of PostgreSQL keeps its URLs, and lists of a hostile length are left alone', async (t) => {
  const url = (host: string) => `postgresql://recon:${password}@${host}:6432/reconciliation`;
  const pair = `${url('a')},${url('b')}`;
  t.same(writtenValues(validated(aCreate({ ...STORY, DATABASE_URL: pair }))), {});
  const long = `redis://:${other}@a,`.repeat(2000);
  t.same(writtenValues(validated(aCreate({ REDIS_PASSWORD: password, REDIS_URL: long }, SHOP))), {});
});

t.test('the URLs of Celery without a server, and those of Sentinel, are no faults', async (t) => {
  const bases = { REDIS_PASSWORD: password };
  for (const url of ['rpc://', 'sentinel://:pw@s1:26379;sentinel://:pw@s2:26379', 'amqp://']) {
    const decision = validated(aCreate({ ...bases, CELERY_RESULT_BACKEND: url }, SHOP));
    t.same([writtenValues(decision), reportedFindings(decision), sentences(decision)], [{}, [], []], url);
  }
});
