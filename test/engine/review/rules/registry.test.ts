import { Buffer } from 'node:buffer';
import t from 'tap';

import {
  aCreate,
  anUpdate,
  aPolicy,
  findingTexts,
  GOOD,
  reportedFindings,
  STORY,
  STORY_URL,
  sentences,
  validated,
  validatedOnly,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

const COMPLETE = { ...STORY, DATABASE_URL: STORY_URL };
const withPassword = (password: string) =>
  findingTexts(validated(aCreate({ ...STORY, POSTGRES_PASSWORD: password })));

t.test('min-length counts characters, not bytes', async (t) => {
  const p = aPolicy('p', { keys: { K: { sensitive: true, minLength: 8 } } });
  t.same(reportedFindings(validated(aCreate({ K: '密🔑xVq7mT' }), [p])), []);
  t.same(reportedFindings(validated(aCreate({ K: '密🔑xVq7m' }), [p])), ['Enforce K min-length']);
  t.match(
    sentences(validated(aCreate({ K: 'xVq7m' }), [p]))[0],
    'K: is shorter than 8 characters [lockstep/min-length]: set a longer value',
  );
});

t.test('weak: a long value that repeats a text', async (t) => {
  t.same(
    reportedFindings(validated(aCreate({ ...COMPLETE, CSRF_SECRET: 'mvmv9mv9mvmv9mvmv9mv9mvmvmv9mvmv9' }))),
    ['Enforce CSRF_SECRET weak'],
  );
});

t.test('a published default, a name and a walk are placeholders for a sensitive key', async (t) => {
  for (const value of ['postgres', 'recon', 'reconciliation', 'qwertyuiop', 'JWT_SECRET', 'password123']) {
    t.ok(withPassword(value).includes('Enforce POSTGRES_PASSWORD placeholder'), value);
  }
  t.same(
    reportedFindings(validated(aCreate({ ...COMPLETE, POSTGRES_USER: 'postgres', DATABASE_URL: '' }))),
    [],
    'not for a user',
  );
  t.same(reportedFindings(validated(aCreate({ ...STORY, POSTGRES_USER: 'your-user' }))), [
    'Enforce POSTGRES_USER placeholder',
  ]);
});

t.test('validates the password of a derived URL if no base key holds it', async (t) => {
  const { POSTGRES_PASSWORD: _, ...without } = STORY;
  t.same(
    reportedFindings(
      validatedOnly(aCreate({ ...without, DATABASE_URL: 'postgresql://recon:changeme@db/app' })),
    ),
    ['Enforce DATABASE_URL placeholder'],
  );
  const stale = COMPLETE.DATABASE_URL.replace(GOOD.password, 'changeme');
  t.same(reportedFindings(validatedOnly(aCreate({ ...STORY, DATABASE_URL: stale }))), [
    'Enforce DATABASE_URL mismatch',
  ]);
});

t.test(
  'a password equal to a bound name is a placeholder, unless the name is as long as a file',
  async (t) => {
    const template = 'postgresql://${WHO}:${P}@db:5432/app';
    const policy = aPolicy('p', { keys: { WHO: {}, P: { sensitive: true }, URL: { derive: { template } } } });
    const found = (text: string, name: string | Uint8Array = text) =>
      reportedFindings(validatedOnly(aCreate({ WHO: name, P: text }), [policy])).filter((line) =>
        / P /.test(line),
      );
    const long = GOOD.key.repeat(6);
    t.same(found(long.slice(0, 255)), ['Enforce P placeholder']);
    t.same(found(long.slice(0, 256)), []);
    t.same(found(GOOD.password, Buffer.from([0xff, 0xfe])), [], 'a name may be no text');
  },
);

t.test('a password equal to the user or database is a placeholder, in any Secret and URL', async (t) => {
  const name = 'q7rk2xPz1';
  for (const [user, password] of [
    ['username', 'password'],
    ['MONGO_USER', 'MONGO_PASSWORD'],
    ['rabbitmq-username', 'rabbitmq-password'],
    ['rootUser', 'rootPassword'],
    ['MYSQL_DATABASE', 'MYSQL_PASSWORD'],
  ] as const) {
    const decision = validated(aCreate({ [user]: `${name}\n`, [password]: name }, { name: 'x' }));
    t.same(reportedFindings(decision), [`Enforce ${password} placeholder`]);
  }
  for (const url of [`amqp://${name}:${name}@mq`, `mysql://app:${name}@db/${name}`]) {
    t.same(
      reportedFindings(validated(aCreate({ SOME_URL: url }, { name: 'x' }))),
      ['Enforce SOME_URL placeholder'],
      url,
    );
  }
  const token = 'ghp_Vq7mT2xLr9KcW4nB8sZdVq7mT2xLr9Kc';
  const both = aCreate({ username: token, password: token }, { name: 'x' });
  t.same(reportedFindings(validated(both)), [], 'a token may stand where a user is asked for');
});

t.test('distinct: two sensitive keys with one value', async (t) => {
  t.same(reportedFindings(validated(aCreate({ ...COMPLETE, JWT_REFRESH_SECRET: GOOD.key }))), [
    'Enforce JWT_REFRESH_SECRET distinct',
  ]);
  t.same(
    reportedFindings(validated(aCreate({ ...COMPLETE, CSRF_SECRET: GOOD.key }))),
    ['Enforce CSRF_SECRET distinct'],
    'asked for or not',
  );
  t.same(
    reportedFindings(
      validated(aCreate({ 'mysql-password': GOOD.key, 'mysql-root-password': GOOD.key }, { name: 'x' })),
    ),
    ['Warn mysql-root-password distinct'],
  );
  t.same(
    reportedFindings(validated(aCreate({ ...COMPLETE, DB_PASSWORD: GOOD.password }))),
    [],
    'two spellings of one key may agree',
  );
});

t.test('format and schemes', async (t) => {
  t.same(reportedFindings(validated(aCreate({ ...COMPLETE, REDIS_URL: 'http://redis:6379' }))), [
    'Enforce REDIS_URL format',
  ]);
  t.same(reportedFindings(validated(aCreate({ ...COMPLETE, REDIS_URL: 'redis' }))), [
    'Enforce REDIS_URL invalid-uri',
  ]);
  t.same(
    reportedFindings(
      validated(aCreate({ ...COMPLETE, REDIS_URL: 'rediss://:Vq7mT2xLr9KcW4nB@redis:6379/0' })),
    ),
    [],
  );
  const forms = aPolicy('forms', {
    keys: {
      PORT: { format: 'port' },
      N: { format: 'integer' },
      B: { format: 'boolean' },
      H: { format: 'hostname' },
      U: { format: 'uuid' },
      J: { format: 'json' },
      P: { format: 'pem' },
    },
  });
  const good = {
    PORT: '1',
    N: '-3',
    B: 'true',
    H: 'a.b-c',
    U: '3fa85f64-5717-4562-b3fc-2c963f66afa7',
    J: '{}',
    P: '-----BEGIN X-----\nAA\n-----END X-----\n',
  };
  t.same(reportedFindings(validated(aCreate(good), [forms])), []);
  const bad = { PORT: '0', N: '1.5', B: 'yes', H: 'a b', U: 'x', J: '{', P: 'x' };
  t.same(
    reportedFindings(validated(aCreate(bad), [forms])),
    Object.keys(bad)
      .sort()
      .map((key) => `Enforce ${key} format`),
  );
});

t.test('stale-copy: another URL still holds the previous password of its base key', async (t) => {
  const before = { ...COMPLETE, DIRECT_URL: STORY_URL };
  const decision = validated(anUpdate(before, { ...before, POSTGRES_PASSWORD: GOOD.other }));
  t.same(reportedFindings(decision), ['Warn DIRECT_URL stale-copy']);
  t.match(sentences(decision)[0], /POSTGRES_PASSWORD/);
  t.same(
    reportedFindings(validated(anUpdate(before, { ...before, CSRF_SECRET: GOOD.other + GOOD.password }))),
    [],
  );
});

t.test('unescaped-uri: warns of a raw password in a URL that no policy names or derives', async (t) => {
  t.same(
    reportedFindings(
      validated(aCreate({ MONGO_URL: 'mongodb://app:Vq7m/T2x@Lr9K@mongo:27017/app' }, { name: 'x' })),
    ),
    ['Warn MONGO_URL unescaped-uri'],
  );
});

t.test('unescaped-uri: reports two different passwords in a URL', async (t) => {
  const url = `postgresql://app:${GOOD.password}@db/app?password=${GOOD.other}`;
  const { findings } = validated(aCreate({ OTHER_URL: url }, { name: 'x' }));
  t.match(findings, [{ rule: 'unescaped-uri', message: /^holds two different passwords/ }]);
});

t.test('hash-shaped: PostgreSQL would store it as the hash', async (t) => {
  t.same(withPassword('md5d41d8cd98f00b204e9800998ecf8427e'), ['Enforce POSTGRES_PASSWORD hash-shaped']);
  t.same(withPassword('SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy'), [
    'Enforce POSTGRES_PASSWORD hash-shaped',
  ]);
});

t.test('refuses Unicode in a password if SASLprep changes it, else warns', async (t) => {
  for (const odd of [
    'soft\u00adhyphen-Vq7mT2xLr9',
    'no\u00a0break-Vq7mT2xLr9',
    'e\u0301-Vq7mT2xLr9Kc',
    '\u212bngstrom-Vq7mT2xLr9',
  ]) {
    t.same(withPassword(odd), ['Enforce POSTGRES_PASSWORD unstable-unicode'], JSON.stringify(odd));
  }
  t.same(withPassword('pässwörd-Vq7mT2xLr9'), ['Warn POSTGRES_PASSWORD non-ascii']);
});

t.test('warns of whitespace at the ends', async (t) => {
  t.same(withPassword(' Vq7mT2xLr9KcW4nB '), ['Warn POSTGRES_PASSWORD whitespace']);
});

t.test('control-character: also bytes that are not text', async (t) => {
  const bytes = Buffer.from([...Buffer.from('Vq7mT2xLr9KcW4nB'), 0xff, 0xfe]);
  t.same(findingTexts(validated(aCreate({ ...STORY, POSTGRES_PASSWORD: bytes }))), [
    'Enforce POSTGRES_PASSWORD control-character',
  ]);
  t.same(
    reportedFindings(
      validated(aCreate({ ...COMPLETE, JWT_SECRET: Buffer.from(GOOD.key.repeat(2), 'base64') })),
    ),
    [],
    'a signing key may be binary',
  );
});

t.test('plain-text-in-data: a word that is base64 by chance', async (t) => {
  const bytes = (word: string): Buffer => Buffer.from(word, 'base64');
  t.same(reportedFindings(validated(aCreate({ password: bytes('password') }, { name: 'x' }))), [
    'Enforce password plain-text-in-data',
  ]);
  t.same(reportedFindings(validated(aCreate({ ...COMPLETE, JWT_SECRET: bytes('changemechangeme') }))), [
    'Enforce JWT_SECRET plain-text-in-data',
  ]);
  t.same(
    reportedFindings(validated(aCreate({ 'encryption-key': bytes('Vq7mT2xLr9KcW4nB') }, { name: 'x' }))),
    [],
  );
});

t.test('double-base64: a URL', async (t) => {
  const encoded = Buffer.from('redis://redis:6379/0').toString('base64');
  const decision = validated(aCreate({ ...COMPLETE, REDIS_URL: encoded }));
  t.same(writtenValues(decision), { REDIS_URL: 'redis://redis:6379/0' });
  t.same(reportedFindings(decision), []);
  t.same(
    reportedFindings(
      validatedOnly(aCreate({ ...COMPLETE, DATABASE_URL: Buffer.from(STORY_URL).toString('base64') })),
    ),
    ['Enforce DATABASE_URL double-base64'],
  );
});

t.test('exposed-annotation is recorded, never more', async (t) => {
  const annotations = new Map([
    ['kubectl.kubernetes.io/last-applied-configuration', '{"stringData":{"JWT_SECRET":"x"}}\n'],
  ]);
  t.same(findingTexts(validated(aCreate(COMPLETE, { annotations }))), ['Audit  exposed-annotation']);
});

t.test('a Secret with POSTGRES_USER and POSTGRES_DB but no password is incomplete', async (t) => {
  t.same(reportedFindings(validated(aCreate({ POSTGRES_USER: 'a', POSTGRES_DB: 'b' }, { name: 'x' }))), [
    'Enforce POSTGRES_PASSWORD required',
  ]);
  t.same(reportedFindings(validated(aCreate({ POSTGRES_USER: 'a' }, { name: 'x' }))), []);
});
