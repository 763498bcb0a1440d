import { generateKeyPairSync, randomBytes } from 'node:crypto';
import t from 'tap';
import { classifyPlaceholder } from '../../../../src/engine/value/placeholder/classify.ts';

const inSecret = (value: string, key = 'VALUE'): string | undefined =>
  classifyPlaceholder(value, { role: 'secret', key })?.message;
const under = (key: string, value: string): string | undefined =>
  classifyPlaceholder(value, { role: 'configuration', key })?.message;
const list = (text: string): string[] => text.trim().split(/\s+/);

t.test('a sentence in camelCase asks for a value', async (t) => {
  for (const value of list(
    'toBeModified toBeChosen ToBeSpecified willBeOverwritten mustBeAdjusted bitteAnpassen ponerAqui',
  ))
    t.ok(inSecret(value), value);
  t.ok(inSecret('to-be-rehearsed'), 'any participle');
  for (const value of list('toBeModified TO_BE_DECIDED to_be_overwritten ToBeOverridden'))
    t.ok(under('HOST', value), value);
  for (const value of list('to-be-processed to-be-continued toBeTrue to-be-processed-queue'))
    t.equal(under('STATE', value), undefined, value);
});

t.test('German, French and Spanish words for "change this" count under any key', async (t) => {
  for (const value of list(
    'bitte-aendern zu-ersetzen hier-eintragen à-changer a_remplacer mettre-ici por-definir poner-aqui',
  ))
    for (const message of [inSecret(value), under('HOST', value)]) t.ok(message, value);
  for (const value of [
    'muss geändert werden',
    'à compléter',
    'modifie-moi',
    'MetsTonMotDePasseIci',
    'mot_de_passe_secret',
  ])
    t.ok(inSecret(value), value);
  for (const value of list('hier-archiv a-team por-favor tu-berlin'))
    t.equal(under('HOST', value), undefined, value);
});

t.test('a word of two scripts is read in one', async (t) => {
  t.ok(under('HOST', 'сhange-me'));
  t.ok(under('HOST', 'yоur-domain.org'));
  t.ok(inSecret('Pаrola'));
  t.equal(under('HOST', 'почта.example.org'), undefined);
});

t.test('words before a compound noun for the value are a placeholder', async (t) => {
  for (const value of list('functional_test_secret_key harvest-private-key')) t.ok(inSecret(value), value);
  for (const value of list('harvest-secret-walrus-key token-drizzle-secret-secret'))
    t.equal(inSecret(value), undefined, value);
});

t.test('near copies of published keys are found', async (t) => {
  const key = 'ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
  for (const copy of [`0x${key.slice(0, -6)}123456`, key.slice(0, 40), key.toUpperCase()])
    t.equal(inSecret(copy), 'is a published default', copy);
  t.equal(inSecret('alice:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/'), 'is a published default');
  t.equal(inSecret('alice:$apr1$Q3kZ8vTm$b1XLP6ewTrSuBkTrqE8wj1'), undefined);
  t.equal(inSecret(`7${key.slice(1)}`), undefined);
});

t.test('a PEM block is as long as its first bytes say', async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 1024,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const without = (line: number, pem: string): string => pem.split('\n').toSpliced(line, 1).join('\n');
  for (const pem of [publicKey, privateKey]) {
    t.equal(inSecret(pem), undefined);
    t.equal(inSecret(without(2, pem)), 'is a PEM block whose length does not fit its first bytes');
    t.equal(inSecret(without(1, pem)), 'is a PEM block whose length does not fit its first bytes');
  }
});

t.test('a PEM block in another form than DER has no such length', async (t) => {
  for (const [label, size] of [
    ['ENCRYPTED SIGSTORE PRIVATE KEY', 400],
    ['ENCRYPTED COSIGN PRIVATE KEY', 400],
    ['NEBULA ED25519 PRIVATE KEY', 64],
    ['NEBULA X25519 PRIVATE KEY', 32],
    ['OPENSSH PRIVATE KEY', 300],
    ['PKCS7', 300],
  ] as const) {
    const lines =
      randomBytes(size)
        .toString('base64')
        .match(/.{1,64}/g) ?? [];
    const pem = `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
    t.equal(inSecret(pem), undefined, label);
  }
});

t.test('an empty document is an empty file of credentials', async (t) => {
  for (const value of ['{}', '{ }', '[]', 'null'])
    t.equal(under('google-credentials.json', value), 'is an empty file', value);
  t.equal(under('credentials.json', '{"type":"none"}'), undefined);
  t.equal(under('options.json', '{}'), undefined);
});

t.test('a URL has a sign of a URL', async (t) => {
  for (const [key, value] of [
    ['DATABASE_URL', 'orders-db'],
    ['SERVICE_URI', 'orders'],
    ['errorDsn', 'TheDsnOfTheProject'],
  ] as const)
    t.equal(under(key, value), 'is no URL', value);
  for (const value of [
    'db.orders',
    'localhost',
    'localhost:5432',
    '/login',
    'host=db',
    'disabled',
    'none',
    '*',
    'false',
  ])
    t.equal(under('DATABASE_URL', value), undefined, value);
  t.equal(under('CURL', 'orders'), undefined);
});

t.test('a DSN may name a driver, or a server with the name of its kind', async (t) => {
  for (const value of ['flock', 'semaphore', 'apcu', 'redis', 'redis://redis', 'clickhouse://clickhouse'])
    t.equal(under('LOCK_DSN', value), undefined, value);
  for (const value of ['local', 'redis', 'file', 'cookie'])
    t.equal(under('STORAGE_URL', value), undefined, value);
  t.equal(under('BASE_URI', 'shop'), undefined);
  t.equal(under('REDIS_URL', 'redis'), 'is no URL');
  t.ok(under('SENTRY_DSN', 'https://https://'));
  t.ok(under('SENTRY_DSN', 'xxxxxxxxxxxxxxxx'));
});

t.test('notes are prose', async (t) => {
  t.equal(under('notes', 'Replace this value with yours after the first login'), undefined);
  t.ok(under('notes', 'CHANGE_ME'));
});

t.test('a name is no value', async (t) => {
  t.ok(under('IMAGES_CLOUD_NAME', 'cloud_name'));
  t.equal(under('CLOUD_NAME', 'cloud_name'), undefined);
  t.ok(under('MAIL_USERNAME', 'mail@username'));
  t.equal(under('MAIL_USERNAME', 'mail@mailserver'), undefined);
});

t.test('the applications of Microsoft have IDs with zeros', async (t) => {
  for (const key of ['AZURE_CLIENT_ID', 'GRAPH_APP_ID'])
    t.equal(under(key, '00000003-0000-0000-c000-000000000000'), undefined, key);
  t.ok(under('AZURE_CLIENT_ID', '00000000-0000-0000-0000-000000000000'));
});

t.test('an application may count its tenants from 1', async (t) => {
  for (const key of ['TENANT_ID', 'DEFAULT_ACCOUNT_ID'])
    t.equal(under(key, '00000000-0000-0000-0000-000000000001'), undefined, key);
  t.ok(under('TENANT_ID', '00000000-0000-0000-0000-000000000000'));
  t.ok(under('TENANT_ID', '11111111-1111-1111-1111-111111111111'));
});

t.test('a text for people may ask for a password', async (t) => {
  for (const [key, value] of [
    ['LOGIN_HINT', 'Please enter your password to continue.'],
    ['MOTD', 'Please change your password every 90 days.'],
    ['FORM_HINT', 'Enter a value'],
    ['LOGIN_BANNER', 'Contact admin@shop.example to change this.'],
  ] as const)
    t.equal(under(key, value), undefined, key);
  t.ok(under('LOGIN_HINT', 'CHANGE_ME'));
});

t.test('a mask, a title and a regular expression may be written like a placeholder', async (t) => {
  for (const [key, value] of [
    ['MASK', '****'],
    ['PASSWORD_MASK_CHARS', '***'],
    ['LABEL', 'XXX'],
    ['TITLE', 'Your Account'],
    ['REGEX2', '^(changeme|password)$'],
    ['BANNED', '^(?:changeme|placeholder)$'],
    ['TABLE', 'placeholder_images'],
    ['S3_BUCKET', 'placeholder-images'],
    ['AVATAR', 'placeholder-avatar'],
  ] as const)
    t.equal(under(key, value), undefined, key);
  for (const [key, value] of [
    ['TITLE', 'CHANGE_ME'],
    ['LABEL', 'your-label-here'],
    ['S3_BUCKET', 'placeholder-bucket'],
    ['MASK', 'CHANGEME'],
    ['SENDER', 'XXX'],
  ] as const)
    t.ok(under(key, value), key);
});

t.test('a list of forbidden passwords holds no secret', async (t) => {
  for (const key of ['BANNED_PASSWORDS', 'FORBIDDEN_PASSWORDS', 'PASSWORD_DENYLIST', 'password.blacklist'])
    t.equal(under(key, 'changeme,password,123456'), undefined, key);
  t.ok(under('ALLOWED_HOSTS', 'shop.io,changeme'));
});

t.test('the path of a file in the place of its content is no placeholder', async (t) => {
  for (const value of [
    '/certs/tls.key',
    '/etc/ssl/private/server.key',
    'certs/tls.key',
    '/app/firebase-credentials.json',
    '/secrets/sa.json',
  ])
    t.equal(inSecret(value, 'SSL_KEY'), undefined, value);
  for (const value of [
    '/path/to/credentials.json',
    '/your/path/key.json',
    'CHANGE_ME/tls.key',
    'tls.key',
    '/secret/password',
  ])
    t.ok(inSecret(value, 'SSL_KEY'), value);
});

t.test('the certificates of Java have a store whose password is no secret', async (t) => {
  t.equal(inSecret('changeit', 'TRUSTSTORE_PASSWORD'), undefined);
  t.equal(inSecret('changeit', 'ssl.truststore.password'), undefined);
  t.equal(under('JAVA_OPTS', '-Xmx1g -Djavax.net.ssl.trustStorePassword=changeit'), undefined);
  t.ok(inSecret('changeit', 'KEYSTORE_PASSWORD'));
  t.ok(inSecret('password', 'TRUSTSTORE_PASSWORD'));
  t.ok(under('JAVA_OPTS', '-DtrustStorePassword=changeit -DkeyStorePassword=changeit'));
});

t.test('a value that praises itself is no secret', async (t) => {
  for (const value of [
    'very_long_random_string',
    'really-long-random-string',
    'super secret unguessable key',
    'you-will-never-guess',
    'nobody-can-guess-this',
    'no one will ever guess it',
    'get_a_key_from_aws',
    'new-rotated-secret',
    'hex-encoded-admin-macaroon',
  ])
    t.ok(inSecret(value), value);
  for (const value of [
    'quiet-long-river-string',
    'very-tall-random-walrus',
    'guess-never-drizzle-harvest',
    'secure-marble-lantern-orbit',
    'powerful-otter',
    'above-attest92',
    'johnny.mnemonic.keanu',
  ])
    t.equal(inSecret(value), undefined, value);
});

t.test('words of a title between angle brackets are a slot', async (t) => {
  for (const value of ['<Duo Secret Key>', '<Client Secret>']) {
    t.ok(inSecret(value), value);
    t.ok(under('DUO_SETTING', value), value);
  }
  t.equal(inSecret('<Xk29vTq7 Lm4zR8wQ>'), undefined);
  for (const value of ['<Acme Corp>', '<Big Blue Button>', '<Guten Tag>', '<Next Page>'])
    t.equal(under('SITE_NAME', value), undefined, value);
});

t.test('the sentence for a mnemonic is a placeholder, and a mnemonic is none', async (t) => {
  t.ok(under('WALLET', 'your twelve word mnemonic goes here'));
  t.ok(inSecret('test test test test test test test test test test test junk'));
  t.equal(
    inSecret('orbit lunar walnut fiction harvest glide tornado pelican rival drift ocean mimic'),
    undefined,
  );
});
