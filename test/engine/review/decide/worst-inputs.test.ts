import t from 'tap';
import { globMatches } from '../../../../src/engine/policy/match/glob.ts';
import { inputArtifactOf } from '../../../../src/engine/review/evaluation/input-artifact.ts';
import { readBase64 } from '../../../../src/engine/secret/base64.ts';
import { isSensitiveKey } from '../../../../src/engine/secret/key-names/sensitive-keys.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { classifyPlaceholder } from '../../../../src/engine/value/placeholder/classify.ts';
import { namedSystem } from '../../../../src/engine/value/uri/dialect.ts';
import { readConnection, urlPassword } from '../../../../src/engine/value/uri/read.ts';
import { rewriteConnection } from '../../../../src/engine/value/uri/rewrite/rewrite.ts';
import { aCreate, GOOD, STORY, validated } from '../../../helpers/engine/engine.ts';
import { type InputShape, nonLinearity, shapesOf, textOf } from '../../../helpers/engine/worst-inputs.ts';

const HEADS = [
  ...['', '"', '`openssl', 'base64:', '-----BEGIN PRIVATE KEY-----\n', 'cat', '$(cat ', '!vault', 'file://'],
  ...['${', '{{', '<', '[', '(', '__a', 'postgresql://u:p@', 'postgresql://u:p@h/d?', 'Server=a;'],
  ...['jdbc:sqlserver://h;', 'a:b@tcp(', "host=db password='"],
];
const PARTS = [
  ...[
    'a',
    '0',
    ' ',
    '\t',
    '\n',
    '.',
    '-',
    '_',
    ':',
    '@',
    '&',
    '%',
    '=',
    ',',
    "'",
    '\\',
    'a ',
    'aA',
    '{{',
    '${a',
  ],
  ...['-----', '%41', 'a=b;', "''", 'user=a ', 'secret', 'deadbeef', 'change ', '中', '\u0301\u0327'],
];
const ENDS = ['', '!', '@h/d'];

/** The functions that read a value, and the longest text that each of them reads. */
const READERS: Readonly<Record<string, readonly [number, (text: string) => unknown]>> = {
  'the placeholder judge, of a secret': [
    4096,
    (text) => classifyPlaceholder(text, { role: 'secret', key: 'password', known: ['recon', 'app'] }),
  ],
  'the placeholder judge, of a name': [
    4096,
    (text) => classifyPlaceholder(text, { role: 'name', key: 'user' }),
  ],
  'the placeholder judge, of a configuration': [
    4096,
    (text) => classifyPlaceholder(text, { role: 'configuration', key: 'CLIENT_ID' }),
  ],
  'the reader of connection strings': [8192, (text) => readConnection(text)],
  'the reader of connection strings, with a password': [
    8192,
    (text) => readConnection(text, { password: 'a' }),
  ],
  'the rewriter of connection strings': [8192, rewritten],
  'the name of a system': [8192, namedSystem],
  'the password in a URL': [8192, (text) => urlPassword(text)],
  'the accidents of a derived key': [8192, (text) => inputArtifactOf(Sensitive.fromText(text), true)],
};

function rewritten(text: string): unknown {
  const connection = readConnection(text);
  return (
    connection && rewriteConnection(text, connection, { password: GOOD.password, host: 'db', port: '1' })
  );
}

for (const [name, [longest, read]] of Object.entries(READERS)) {
  t.test(`${name} takes linear time for every shape of text`, async (t) => {
    const found = [...shapesOf(HEADS, PARTS, ENDS)].flatMap(
      (shape) => nonLinearity(read, shape, longest) ?? [],
    );
    t.same(found, []);
  });
}

/** Each was super-linear once: 30 × `deadbeef` took minutes, 4,000 tabs 20 ms. A Secret holds hundreds of such values. */
const ONCE_SLOW: readonly InputShape[] = [
  { head: '', part: 'deadbeef', end: 'z' },
  { head: '', part: 'cafebabe', end: '-' },
  { head: 'cat', part: '\t', end: '!' },
  { head: 'openssl', part: ' ', end: '!' },
  { head: 'file://', part: 'key', end: ' x' },
  { head: '!vault', part: ' ', end: '!' },
];

t.test('texts that once took quadratic or exponential time take linear time', async (t) => {
  for (const role of ['secret', 'name'] as const) {
    const judge = (text: string) => classifyPlaceholder(text, { role, key: 'password' });
    for (const shape of ONCE_SLOW) t.equal(nonLinearity(judge, shape, 4096), undefined);
  }
  const asHost = (text: string) => validated(aCreate({ ...STORY, POSTGRES_HOST: text }));
  t.equal(nonLinearity(asHost, { head: '', part: ':', end: '!' }, 8192), undefined);
  const asTemplate = (text: string) => classifyPlaceholder(text, { role: 'secret', key: 'password' });
  for (const shape of shapesOf(['${', '<', '(', '[', '__a'], ['-', '_', ' ', 'a '], ['', '!']))
    t.equal(nonLinearity(asTemplate, shape, 1024), undefined);
});

t.test('parsers of a review, of names and of globs take linear time', async (t) => {
  const parts = ['a', ' ', '"', '\\', '\\"', '":"', '{"a":', '[', '\n', 'A_', 'aB', '=', '-'];
  for (const shape of shapesOf(['{"a":"', '[', `{"a":"${'A'.repeat(600)}"`], parts, ['', '"}'])) {
    t.equal(nonLinearity(readBase64, shape, 200_000), undefined);
    t.equal(nonLinearity(isSensitiveKey, { ...shape, head: '' }, 60_000), undefined);
    t.equal(
      nonLinearity((text) => globMatches('*a*a*b', text), shape, 60_000),
      undefined,
    );
  }
});

const many = (count: number, key: (index: number) => string, value: (index: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [key(index), value(index)]));

t.test('four times the keys take about four times as long', async (t) => {
  const url = (index: number): string => `postgresql://recon:${GOOD.other}${index}@db/reconciliation`;
  const sets: Readonly<Record<string, (count: number) => Record<string, string>>> = {
    'empty keys': (count) =>
      many(
        count,
        (index) => `k${index}`,
        () => '',
      ),
    'one password': (count) =>
      many(
        count,
        (index) => `K${index}_PASSWORD`,
        () => GOOD.key,
      ),
    placeholders: (count) =>
      many(
        count,
        (index) => `K${index}_PASSWORD`,
        () => 'changeme',
      ),
    'names of users': (count) =>
      many(
        count,
        (index) => `K${index}_USER`,
        (index) => `recon${index}`,
      ),
    'old URLs': (count) => many(count, (index) => `K${index}_URL`, url),
    'long names': (count) =>
      many(
        count,
        (index) => `${'A_'.repeat(100)}${index}_KEY`,
        () => GOOD.key,
      ),
  };
  for (const [what, set] of Object.entries(sets)) {
    const texts = new Map([500, 2000].map((count) => [count, aCreate({ ...STORY, ...set(count) })]));
    const judge = (text: string) => validated(texts.get(text.length) ?? aCreate(STORY));
    t.equal(nonLinearity(judge, { head: '', part: 'x', end: '' }, 2000), undefined, what);
  }
});

t.test('refuses the Secret that once stopped the webhook, with its real faults', async (t) => {
  const commands = many(
    254,
    (index) => `password${index}`,
    () => textOf({ head: 'cat', part: '\t', end: '!' }, 4004),
  );
  const { findings } = validated(aCreate({ ...commands, JWT_SECRET: 'changeme' }));
  t.ok(
    findings.some(
      ({ key, rule, action }) => key === 'JWT_SECRET' && rule === 'placeholder' && action === 'Enforce',
    ),
  );
});
