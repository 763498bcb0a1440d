import { Buffer } from 'node:buffer';
import t from 'tap';
import { aCreate, aPolicy, GOOD, STORY, STORY_URL, validatedOnly } from '../../../helpers/engine/engine.ts';

const OPENSSL = /openssl rand/;

const fixOf = (
  key: string,
  value: string,
  secret: object = {},
  policies?: Parameters<typeof validatedOnly>[1],
  data: Readonly<Record<string, string>> = { [key]: value },
) => {
  const { findings } = validatedOnly(aCreate(data, secret), policies);
  return findings.find((finding) => finding.key === key)?.fix ?? 'no finding';
};

t.test('names a command only for a key that takes a random value', async (t) => {
  for (const [key, fix] of [
    ['SESSION_SECRET', /^set a generated value, e\.g\. openssl rand -base64 48$/],
    ['STRIPE_SECRET_KEY', /^set the key that the vendor issued$/],
    ['AWS_SECRET_ACCESS_KEY', /^set the key that the vendor issued$/],
    ['OAUTH_CLIENT_SECRET', /^set the secret that the vendor issued$/],
    ['SLACK_BOT_TOKEN', /^set the token that the vendor issued$/],
    ['SMTP_PASSWORD', /^set the password of that account$/],
    ['APP_PRIVATE_KEY', /^insert the private key$/],
    ['API_KEY', /^set a generated value, or the one that its vendor issued$/],
    ['FERNET_KEY', /^set a generated value, in the form/],
    ['LOGIN_PIN', /^set a generated value, in the form/],
    ['COLOUR', /^set the real value$/],
  ] as const)
    t.match(fixOf(key, 'CHANGE_ME'), fix, key);
});

t.test('the fix makes a value of the length that the placeholder asks for', async (t) => {
  for (const [value, command] of [
    ['<openssl rand -hex 32>', 'openssl rand -hex 32'],
    ['change-me-32-bytes', 'openssl rand -base64 32'],
    ['CHANGE_ME_64_HEX_CHARACTERS', 'openssl rand -hex 32'],
    ['replace-me-with-hex-16', 'openssl rand -hex 16'],
    ['your-secret-key-min-32-chars', 'openssl rand -base64 48'],
    ['change-me-31-bytes', 'openssl rand -base64 48'],
  ] as const)
    t.equal(fixOf('SESSION_SECRET', value), `set a generated value, e.g. ${command}`, value);
  t.equal(fixOf('FERNET_KEY', 'change-me-32-bytes'), 'set a generated value, e.g. openssl rand -base64 32');
});

t.test('the Secret says whose key it is', async (t) => {
  const named = (name: string) => fixOf('api-key', 'CHANGE_ME', { name });
  t.equal(named('stripe'), 'set the key that the vendor issued');
  t.equal(named('shop'), 'set a generated value, or the one that its vendor issued');
  t.match(fixOf('INTERNAL_API_KEY', 'CHANGE_ME'), OPENSSL);
  t.match(fixOf('AWS_SECRET_ACCESS_KEY', 'minioadmin'), OPENSSL);
  t.notMatch(fixOf('AWS_ACCESS_KEY_ID', 'minioadmin'), /emulator/);
});

t.test('a PEM block is inserted, whatever the name of its key is', async (t) => {
  const block = (name: string) => `-----BEGIN ${name}-----\n...\n-----END ${name}-----\n`;
  t.equal(fixOf('SIGNING_SECRET', block('RSA PRIVATE KEY')), 'insert the private key');
  t.equal(fixOf('SIGNING_SECRET', block('CERTIFICATE')), 'insert the certificate');
});

t.test('a policy that generates a key says that a random value works', async (t) => {
  const policies = [
    aPolicy('p', {
      keys: {
        STRIPE_KEY: { sensitive: true, required: true, generate: { length: 32 } },
        SLACK_TOKEN: { sensitive: true, required: true },
        CA: { sensitive: true, required: true, format: 'pem' },
      },
    }),
  ];
  const { findings } = validatedOnly(aCreate({ A: 'b' }), policies);
  t.same(
    findings.map(({ key, fix }) => [key, fix]),
    [
      ['STRIPE_KEY', 'add it, e.g. openssl rand -base64 24'],
      ['SLACK_TOKEN', 'add the token that the vendor issued'],
      ['CA', 'insert the private key'],
    ],
  );
});

t.test('every rule about a bad value of a vendor gives the same fix', async (t) => {
  const policies = [
    aPolicy('p', {
      keys: {
        STRIPE_KEY: { sensitive: true, required: true, minLength: 20 },
        OTHER_SECRET: { sensitive: true, distinctFrom: ['STRIPE_KEY'] },
      },
    }),
  ];
  for (const value of ['', 'x7Kq', 'mvmv9mv9mvmv9mvmv9mv9mvmvmv9mvmv9', 'CHANGE_ME'])
    t.equal(fixOf('STRIPE_KEY', value, {}, policies), 'set the key that the vendor issued', value);
  t.notMatch(fixOf('STRIPE_KEY', 'CHANGE_ME', {}, policies), OPENSSL);
});

const DERIVED = { ...STORY, DATABASE_URL: STORY_URL };
const { DATABASE_URL: _, ...WITHOUT } = DERIVED;

t.test('in an owned Secret the fix names the place in which its owner finds the value', async (t) => {
  const marks = {
    external: { labels: new Map([['reconcile.external-secrets.io/managed', 'true']]) },
    externalOwner: { controller: 'ExternalSecret/app' },
    sealed: { controller: 'SealedSecret/app' },
    cnpg: { labels: new Map([['cnpg.io/cluster', 'pg']]) },
    other: { controller: 'Widget/app' },
    hostile: { controller: `${'x'.repeat(100_000)}\u202e/app` },
  };
  const render = 'lockstep render --external-secret --policy reconciliation';
  for (const [mark, missing, stale, bad] of [
    [
      'external',
      `add it to the ExternalSecret's template: ${render}`,
      `correct it in the ExternalSecret's template: ${render}`,
      'set a generated value in the store that the ExternalSecret reads, e.g. openssl rand -base64 48',
    ],
    [
      'externalOwner',
      `add it to the ExternalSecret's template: ${render}`,
      `correct it in the ExternalSecret's template: ${render}`,
      'set a generated value in the store that the ExternalSecret reads, e.g. openssl rand -base64 48',
    ],
    [
      'sealed',
      /^add it before the Secret is sealed: kubeseal/,
      /^correct it before the Secret is sealed/,
      /^set a generated value before the Secret is sealed/,
    ],
    [
      'cnpg',
      /^add it where CloudNativePG takes it from/,
      /^correct it where CloudNativePG/,
      /^set a generated value where CloudNativePG takes it from/,
    ],
    ['other', /^add it where its Widget takes it from/, /its Widget/, /its Widget/],
    ['hostile', /^add it where its owner takes it from/, /its owner/, /its owner/],
  ] as const) {
    const fixFor = (data: Readonly<Record<string, string>>, key: string) =>
      validatedOnly(aCreate(data, { ...marks[mark] })).findings.find((one) => one.key === key)?.fix ?? 'none';
    t.match(fixFor(WITHOUT, 'DATABASE_URL'), missing, mark);
    t.match(
      fixFor({ ...DERIVED, DATABASE_URL: STORY_URL.replace(GOOD.password, GOOD.other) }, 'DATABASE_URL'),
      stale,
      mark,
    );
    t.match(fixFor({ ...DERIVED, JWT_SECRET: 'CHANGE_ME' }, 'JWT_SECRET'), bad, mark);
  }
});

t.test('no fix for a Secret of an ExternalSecret asks for a change of the Secret itself', async (t) => {
  const store = 'in the store that the ExternalSecret reads';
  const both = 'in the ExternalSecret and in the store that it reads';
  const template =
    "to the ExternalSecret's template: lockstep render --external-secret --policy reconciliation";
  const owned = { controller: 'ExternalSecret/app' };
  const { POSTGRES_DB: __, ...noDatabase } = WITHOUT;
  const { JWT_SECRET: ___, ...noJwt } = DERIVED;
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  for (const [key, data, fix] of [
    ['JWT_SECRET', noJwt, `add it ${both}, e.g. openssl rand -base64 48`],
    ['DATABASE_URL', noDatabase, `fetch POSTGRES_DB, and add DATABASE_URL ${template}`],
    [
      'DATABASE_URL',
      { ...noDatabase, DATABASE_URL: '' },
      `fetch POSTGRES_DB, and add DATABASE_URL ${template}`,
    ],
    [
      'DATABASE_URL',
      { ...noDatabase, DATABASE_URL: 'db:5432' },
      `fetch POSTGRES_DB, and add DATABASE_URL ${template}`,
    ],
    ['DATABASE_URL', { ...DERIVED, DATABASE_URL: encoded(STORY_URL) }, `encode it once ${store}`],
    ['DATABASE_URL', { ...DERIVED, DATABASE_URL: '${DB}' }, `set the real value ${store}`],
    [
      'DIRECT_URL',
      { ...DERIVED, DIRECT_URL: STORY_URL.replace(GOOD.password, GOOD.other) },
      `put the password of POSTGRES_PASSWORD into it ${store}`,
    ],
    ['JWT_SECRET', { ...DERIVED, JWT_SECRET: `"${GOOD.key}"` }, `remove the quotes ${store}`],
    ['JWT_SECRET', { ...DERIVED, JWT_SECRET: `${GOOD.key}\n` }, `remove the newline ${store}`],
    ['JWT_SECRET', { ...DERIVED, JWT_SECRET: ` ${GOOD.key}` }, `remove the blanks at both ends ${store}`],
    ['JWT_SECRET', { ...DERIVED, JWT_SECRET: 'vault:secret/data/a#b' }, `set the real value ${store}`],
    ['POSTGRES_PORT', { ...DERIVED, POSTGRES_PORT: 'x' }, `set a port number from 1 to 65535 ${store}`],
    ['app.yaml', { ...DERIVED, 'app.yaml': 'db:\n  password: CHANGE_ME\n' }, `set the real value ${store}`],
  ] as const)
    t.equal(fixOf(key, '', owned, undefined, data), fix, key);
});
