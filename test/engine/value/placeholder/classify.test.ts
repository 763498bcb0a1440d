import { readFileSync } from 'node:fs';
import t from 'tap';
import { publishedHashes } from '../../../../scripts/published-hashes.ts';
import { classifyPlaceholder } from '../../../../src/engine/value/placeholder/classify.ts';
import type { PlaceholderContext } from '../../../../src/engine/value/placeholder/verdict.ts';
import { fc } from '../../../helpers/property.ts';

interface Corpus {
  readonly placeholders: Record<string, readonly string[]>;
  readonly legit: Record<string, readonly string[]>;
}

const root = new URL('../../../../', import.meta.url);
const corpusOf = (name: string): Corpus =>
  JSON.parse(readFileSync(new URL(`test/data/${name}.json`, root), 'utf8'));

const aSecret: PlaceholderContext = { role: 'secret', key: 'VALUE' };
const aName: PlaceholderContext = { role: 'name', key: 'VALUE' };
const NAMES = 'non-secret config keys often in Secrets';

function missed(corpus: Corpus, context: PlaceholderContext): { of: number; misses: string[] } {
  const all = Object.entries(corpus.placeholders).flatMap(([family, values]) =>
    values.map((value, at) => ({ value, at: `${family} #${at}` })),
  );
  const misses = all.filter(({ value }) => !classifyPlaceholder(value, context)).map(({ at }) => at);
  return { of: all.length, misses };
}

for (const name of ['placeholders', 'placeholders-more']) {
  const corpus = corpusOf(name);

  t.test(`${name}: 99 % are caught, 97 % without the list of published values`, async (t) => {
    for (const [context, rate] of [
      [aSecret, 0.99] as const,
      [{ ...aSecret, published: false }, 0.97] as const,
    ]) {
      const { of, misses } = missed(corpus, context);
      t.comment(`${of - misses.length} of ${of}; missed: ${misses.join(', ') || 'none'}`);
      t.ok((of - misses.length) / of >= rate, `${rate}`);
    }
  });

  t.test(`${name}: no look-alike is hit`, async (t) => {
    for (const [family, values] of Object.entries(corpus.legit)) {
      const context = family === NAMES ? aName : aSecret;
      for (const [at, value] of values.entries())
        t.equal(classifyPlaceholder(value, context), undefined, `${family} #${at}`);
    }
  });
}

t.test('a phrase about the secret is a placeholder, whatever name is in it', async (t) => {
  for (const value of [
    'SuperSecureJWTSecretKeyForZuriMantaXq2024!',
    'Your_zurimanta_mobile_app_secret_for_production_1234567890',
    'zurimanta_quelbo_data_key_2026',
    'sk-vex-example-key',
    'ZurimantaQuelbo#2026',
    'Start123!',
    'stored-in-vault',
    'GET_FROM_ACME_CONSOLE',
    'set by CI',
    'coming-soon',
    'zurimanta_2025',
    'XxxxxXXXXX/keyXXXXXXXX',
  ])
    t.equal(classifyPlaceholder(value, aSecret)?.rule, 'placeholder', value);
  for (const value of [
    'zurimanta-quelbo-otter-lantern',
    'Kq81mzTTw_Xk29vTq7Lm_2026',
    'sk-vex-Xk29vTq7LmKq81mzTTw',
    'your-umbrella-swallowed-the-comet',
  ])
    t.equal(classifyPlaceholder(value, aSecret), undefined, value);
});

t.test('a value that is built on the name of its key is no secret', async (t) => {
  const context: PlaceholderContext = { role: 'secret', key: 'file-encryption-key' };
  t.match(classifyPlaceholder('quelbo-file-encryption-key-2026', context), { rule: 'placeholder' });
  t.equal(classifyPlaceholder('fileencryptionkeyKq81mzTTwXk29vTq7Lm', context), undefined);
});

t.test('each kind of placeholder has its own rule and message', async (t) => {
  const cases = [
    ['CHANGE_ME', 'placeholder', 'is a placeholder'],
    ['$(openssl rand -base64 32)', 'placeholder', 'is a command that was never run'],
    ['${DB_PASSWORD}', 'unrendered-template', 'is a template that nobody rendered'],
    ['{{ .Values.password }}', 'unrendered-template', 'is a template that nobody rendered'],
    ['vault:secret/data/db#password', 'unresolved-reference', 'is a reference that nobody resolved'],
    ['op://vault/db/password', 'unresolved-reference', 'is a reference that nobody resolved'],
    ['ENC[AES256_GCM,data:E5lwqg==]', 'unresolved-reference', 'is ciphertext that nobody decrypted'],
    ['xxxxxxxx', 'placeholder', 'is filler'],
    ['qwertyuiop', 'placeholder', 'is a sequence or a keyboard walk'],
    ['correct horse battery staple', 'placeholder', 'is a published default'],
    ['Y2hhbmdlbWU=', 'placeholder', 'is a placeholder, encoded in base64 once more'],
    [
      '-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----',
      'placeholder',
      'is a PEM block without a key or certificate in it',
    ],
  ] as const;
  for (const [value, rule, message] of cases)
    t.same(classifyPlaceholder(value, aSecret), { rule, message }, message);
});

t.test('a value that repeats its key, the user or the database is no secret', async (t) => {
  const context: PlaceholderContext = { role: 'secret', key: 'QZX_TRKW', known: ['vrksnt', 'ledger-main'] };
  t.match(classifyPlaceholder('qzx-trkw', context), { message: "repeats its own key's name" });
  t.match(classifyPlaceholder('vrksnt', context), { message: 'equals the user or database name' });
  t.match(classifyPlaceholder('Vrksnt', context), { message: 'equals the user or database name' });
  t.match(classifyPlaceholder('vrksnt2024', context), { message: 'is built on the user or database name' });
  t.match(classifyPlaceholder('ledger_main!', context), { message: 'equals the user or database name' });
  t.equal(classifyPlaceholder('vrksnt-9Kx2mVqL7rTb', context), undefined);
});

t.test('a name may be plain, but may not ask to be replaced', async (t) => {
  const asks =
    'CHANGE_ME changeme REPLACE_ME your-user your_db_user <user> <your-db> xxx TODO ${USER} $POSTGRES_USER {{ .Values.user }} vault:kv/db#user tu_usuario TBD';
  for (const value of [...asks.split(/ (?![.u}])/), 'replace-with-host', 'your-domain.com'])
    t.ok(classifyPlaceholder(value, aName), value);
  const plain =
    'postgres test admin user app example demo default none null dev localhost 5432 db.example.com my-app todo orders-db app_user reconciliation change-api root@localhost';
  for (const value of plain.split(' ')) t.equal(classifyPlaceholder(value, aName), undefined, value);
});

t.test('finds a placeholder inside quotes and white space', async (t) => {
  for (const value of ['"changeme"', "'changeme'", ' changeme\n', '\tchangeme ', '" changeme "'])
    t.ok(classifyPlaceholder(value, aSecret), JSON.stringify(value));
});

t.test('an empty value is not a placeholder, and a long one is a file', async (t) => {
  for (const value of ['', ' ', '\n', 'changeme '.repeat(1000)])
    t.equal(classifyPlaceholder(value, aSecret), undefined);
});

t.test(
  'classifies any text without a throw, with the same result each time and no part of the text',
  async () => {
    const roles = fc.constantFrom<PlaceholderContext['role']>('secret', 'name');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.string({ maxLength: 400 }),
      fc.stringMatching(/^[$%{}<>()[\]a-z_ -]{0,60}$/),
    );
    fc.assert(
      fc.property(text, fc.string(), fc.array(fc.string()), roles, (value, key, known, role) => {
        const verdict = classifyPlaceholder(value, { role, key, known });
        const again = classifyPlaceholder(value, { role, key: `${key}`, known: [...known] });
        return verdict?.message === again?.message && verdict?.rule === again?.rule;
      }),
      { numRuns: 3000 },
    );
  },
);

t.test('finds a placeholder in capitals and with decoration', async () => {
  const words = fc.constantFrom(
    'change-me',
    'replace-me',
    'your-password',
    'your-secret-key',
    'my-db-password',
    'placeholder',
    'todo',
  );
  fc.assert(
    fc.property(words, fc.constantFrom('', '!', '123', '__', '#'), fc.boolean(), (word, end, upper) => {
      return classifyPlaceholder((upper ? word.toUpperCase() : word) + end, aSecret) !== undefined;
    }),
  );
});

t.test('the published values in the source are those of the documented list', async (t) => {
  const source = readFileSync(
    new URL('src/engine/value/placeholder/vocabulary/published-hashes.ts', root),
    'utf8',
  );
  t.equal(source, publishedHashes());
});

t.test('the list of published values can be switched off', async (t) => {
  const value = 'SW2YcwTIb9zpOOhoPsMm';
  t.ok(classifyPlaceholder(value, aSecret));
  t.equal(classifyPlaceholder(value, { ...aSecret, published: false }), undefined);
});
