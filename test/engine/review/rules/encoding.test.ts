import { Buffer } from 'node:buffer';
import t from 'tap';

import { evaluationOf } from '../../../../src/engine/review/evaluation/evaluation.ts';
import { doubleBase64 } from '../../../../src/engine/review/rules/encoding/double-base64.ts';
import { plainTextInData } from '../../../../src/engine/review/rules/encoding/plain-text-in-data.ts';
import { base64 } from '../../../helpers/engine/embedded-values.ts';
import { aCreate, aPolicy, GOOD, reportedFindings, validated } from '../../../helpers/engine/engine.ts';
import { seededRandom } from '../../../helpers/engine/seeded-random.ts';

const found = (data: Record<string, string | Uint8Array>): readonly string[] =>
  reportedFindings(validated(aCreate(data, { name: 'ledger' })));

t.test('a password that was encoded twice is found, under a key that sounds sensitive', async (t) => {
  for (const password of [
    `${GOOD.password}!`,
    'Tr0ub4dor&3xyzw',
    'horse-battery_42',
    'q8#Lm2!vX9@bTr5kWz',
    `${GOOD.other}-!\n`,
  ])
    t.same(found({ SMTP_PASSWORD: base64(password) }), ['Warn SMTP_PASSWORD double-base64'], password);
  t.same(
    found({ SMTP_PASSWORD: `${base64('Tr0ub4dor&3xyzw')}\n` }).includes('Warn SMTP_PASSWORD double-base64'),
    true,
  );
});

t.test('a policy that names the key refuses it', async (t) => {
  const policy = aPolicy('p', { match: {}, keys: { DB_PASSWORD: { sensitive: true } } });
  t.same(reportedFindings(validated(aCreate({ DB_PASSWORD: base64(`${GOOD.password}!`) }), [policy])), [
    'Enforce DB_PASSWORD double-base64',
  ]);
});

t.test('base64 that a program decodes itself is no accident', async (t) => {
  const values = {
    KEY_B64: base64(GOOD.key),
    PASSWORD_BASE64: base64(GOOD.password),
    BASIC_AUTH_TOKEN: base64(`app:${GOOD.password}`),
    AUTH_TOKEN: base64(`app:${GOOD.csrf}`),
    TUNNEL_TOKEN: base64(`{"a":"${GOOD.password}"}`),
    PRIVATE_KEY_TOKEN: base64(`${GOOD.key}\n${GOOD.csrf}\n${GOOD.refresh}`),
    ENCRYPTION_KEY: 'u7Jx0Yc1mKf3Qp9Zr2Wb5Nd8Ht4Vg6Sa1Le0Ci7Ok3M=',
    CONFIG: base64(`${GOOD.password}!`),
    SMTP_PASSWORD: base64(GOOD.other),
  };
  t.same(found(values), []);
});

t.test('a hexadecimal key that was put raw under data is found', async (t) => {
  for (const length of [16, 24, 32, 40, 48, 64, 96, 128]) {
    const hex = 'b7e151628aed2a6abf7158809cf4f3c7'.repeat(4).slice(0, length);
    for (const typed of [hex, hex.toUpperCase()]) {
      const bytes = Buffer.from(typed, 'base64');
      t.same(found({ SECRET_KEY: bytes }), ['Enforce SECRET_KEY plain-text-in-data'], typed);
    }
  }
});

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const POLICY = aPolicy('p', { match: {}, keys: { DB_PASSWORD: { sensitive: true } } });
const ENTRY = POLICY.keys[0]!;
const EMPTY = evaluationOf(aCreate({}), [POLICY]);
const SEEDS = [11, 222, 3333, 44_444, 555_555];
const VALUES = 20_000;

t.test('no random value of any shape is hit', async (t) => {
  for (const seed of SEEDS) {
    const { bytes, text } = seededRandom(seed);
    const shapes: Readonly<Record<string, () => string | Buffer>> = {
      bytes: () => bytes(8, 96),
      hexadecimal: () => bytes(4, 64).toString('hex'),
      base64: () => bytes(6, 96).toString('base64'),
      base64url: () => bytes(6, 96).toString('base64url'),
      alphanumeric: () => text(ALPHANUMERIC, 8, 128),
      'alphanumeric, 16': () => text(ALPHANUMERIC, 16),
      'lower case': () => text(ALPHANUMERIC.slice(26, 52), 8, 128),
    };
    for (const [shape, make] of Object.entries(shapes)) {
      const hits: string[] = [];
      for (let at = 0; at < VALUES; at++) {
        const request = aCreate({ DB_PASSWORD: make() });
        const value = request.secret.data.get('DB_PASSWORD')!;
        const evaluation = { ...EMPTY, request, data: request.secret.data };
        const managedKey = { key: 'DB_PASSWORD', entry: ENTRY, policy: POLICY };
        if (doubleBase64.check(evaluation, managedKey, value)) hits.push('double-base64');
        if (plainTextInData.check(evaluation, managedKey, value)) hits.push('plain-text-in-data');
      }
      t.same(hits, [], `${shape}, seed ${seed}`);
    }
  }
});

t.test('a file of lines ends with a newline', async (t) => {
  for (const key of ['sasl_passwd', 'password.db', 'signing.key', 'mosquitto.passwd', 'htpasswd', '.pgpass'])
    t.same(found({ [key]: `${GOOD.password}\n` }), [], key);
  for (const key of ['db-passwd', 'passwd', 'api.key', 'password.txt'])
    t.same(found({ [key]: `${GOOD.password}\n` }), [`Warn ${key} trailing-newline`], key);
  t.same(found({ passwd: 'shop:$7$101$Zk4x9QpLw2mVt8Rb$uJ8Q0mLw8sT\n' }), [], 'a user and a hash');
});
