import { readFileSync } from 'node:fs';
import t from 'tap';
import {
  CERTAIN,
  NO_BASE64_TEXT,
  PUBLISHED_BEGINNINGS,
  RUNS,
  VALUE_CLASSES,
  type ValueClass,
  WALKS,
} from '../../../src/engine/floor/derive/certain-values.ts';
import { classifyPlaceholder } from '../../../src/engine/placeholder/classify.ts';
import { COMMON } from '../../../src/engine/placeholder/vocabulary/common.ts';
import { GLUE, HARD, MARK, SOFT, YOUR } from '../../../src/engine/placeholder/vocabulary/english.ts';
import { LATIN } from '../../../src/engine/placeholder/vocabulary/latin.ts';
import { seededRandom } from '../../helpers/engine/seeded-random.ts';

const compiled = (sources: readonly string[]) => sources.map((source) => new RegExp(source));
const patterns = new Map(
  VALUE_CLASSES.map((name) => [
    name,
    { is: compiled(CERTAIN[name].is), isNot: compiled(CERTAIN[name].isNot) },
  ]),
);
const noText = new RegExp(NO_BASE64_TEXT);
const runs = new RegExp(RUNS, 'g');

/** The same as value-conditions.ts says in CEL. */
function isCertain(name: ValueClass, text: string): boolean {
  const { minLength, maxLength, mayBeBase64 } = CERTAIN[name];
  const { is = [], isNot = [] } = patterns.get(name) ?? {};
  return (
    text.length >= minLength &&
    text.length <= maxLength &&
    is.every((pattern) => pattern.test(text)) &&
    !isNot.some((pattern) => pattern.test(text)) &&
    (!mayBeBase64 || noText.test(text)) &&
    (name !== 'secret' || isRandom(text))
  );
}

function isRandom(text: string): boolean {
  const changes = text.match(runs)?.length ?? 0;
  const low = text.toLowerCase();
  const dense = low.replace(/[^a-z0-9]/g, '');
  return (
    changes >= 5 &&
    text.length * 10 < 26 * changes &&
    dense.length >= 16 &&
    [low, dense].every(beginsFreely) &&
    !PUBLISHED_BEGINNINGS.includes(`${text.length}${text.slice(0, 3)}`)
  );
}

function beginsFreely(text: string): boolean {
  const isLine = (signs: string): boolean =>
    (signs[0] === signs[1] && signs[1] === signs[2]) ||
    WALKS.includes(signs.slice(0, 3)) ||
    new Set(signs).size < 3;
  const every = (from: number) => [0, 2, 4, 6, 8, 10, 12, 14].map((at) => text[at + from]).join('');
  return (
    !(text[0] === text[1] && text[2] === text[3]) &&
    !text.slice(1, 15).includes(text.slice(0, 3)) &&
    !(text[0] === text[1] && text[1] === text[2]) &&
    !WALKS.includes(text.slice(0, 3)) &&
    (!isLine(every(0)) || !isLine(every(1)))
  );
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../data/${name}.json`, import.meta.url), 'utf8'));
const listsOf = (name: string, part: string): readonly string[] =>
  Object.values<readonly string[]>(read(name)[part]).flat();
const CORPUS = [
  ...['placeholders', 'placeholders-more'].flatMap((name) => [
    ...listsOf(name, 'placeholders'),
    ...listsOf(name, 'legit'),
  ]),
  ...Object.values<readonly string[]>(read('published-values')).flat(),
];
const VOCABULARY = [
  ...[
    MARK,
    SOFT,
    HARD,
    GLUE,
    YOUR,
    COMMON,
    LATIN.mark,
    LATIN.soft,
    LATIN.hard,
    LATIN.your,
    LATIN.glue,
  ].flatMap((list) => list.trim().split(/\s+/)),
  ...'aqui ici hier value name username host database 32 chars set-by terraform 12 2024 x a 0 do not use'.split(
    ' ',
  ),
];
const KEYS = [
  'POSTGRES_USER',
  'DB_NAME',
  'POSTGRES_HOST',
  'EMAIL_USER',
  'DB_ENDPOINT',
  'ACCESS_KEY_ID',
  'AUTH',
  'x',
];

/** The values among these that are a placeholder, although the class says that they are none. */
function placeholdersAmong(texts: Iterable<string>, key: (at: number) => string): readonly string[] {
  const found: string[] = [];
  let at = 0;
  for (const text of texts) {
    at += 1;
    for (const name of ['name', 'host'] as const) {
      const own = key(at);
      // The admission policy has a pattern of its own for such keys.
      if (/mail/i.test(own) && text.includes('mail')) continue;
      if (isCertain(name, text) && classifyPlaceholder(text, { role: 'name', key: own }) !== undefined)
        found.push(`${name} ${own} ${text}`);
    }
    if (isCertain('secret', text) && classifyPlaceholder(text, SECRET) !== undefined)
      found.push(`secret ${text}`);
  }
  return found;
}
const SECRET = {
  role: 'secret',
  key: 'POSTGRES_PASSWORD',
  known: ['recon'],
  ownWords: () => ['recon', 'shop', 'secrets'],
} as const;

t.test('no value of a class is a placeholder', async (t) => {
  const random = seededRandom(20261128);
  const key = (at: number) => KEYS[at % KEYS.length] ?? '';
  t.same(placeholdersAmong([...CORPUS, ...CORPUS.map((text) => text.toLowerCase())], key), []);
  const made = function* () {
    for (let count = 0; count < 25_000; count += 1) {
      const words = random.times(random.between(1, 5), () => random.pick(VOCABULARY));
      const text = words.join(random.pick(['', '', '-', '_', '.', '0']));
      yield text.toLowerCase();
      yield random.pick([
        text,
        text.replaceAll('e', '3').replaceAll('a', '4'),
        Buffer.from(text).toString('base64url'),
      ]);
      // Words in letters of both cases, and with digits between them.
      yield [...words.join(String(random.between(0, 999)))]
        .map((sign) => (random.between(0, 1) === 0 ? sign.toUpperCase() : sign))
        .join('');
      yield text.repeat(4).slice(0, random.between(20, 40));
    }
  };
  t.same(placeholdersAmong(made(), key), []);
});

t.test('each port is certain, and no port is a placeholder', async (t) => {
  const ports = Array.from({ length: 65_535 }, (_, at) => String(at + 1));
  t.same(
    ports.filter((port) => !isCertain('port', port)),
    [],
  );
  t.same(
    ports.filter((port) => classifyPlaceholder(port, { role: 'name', key: 'DB_PORT' }) !== undefined),
    [],
  );
  for (const text of ['0', '65536', '05432', '', 'x', '5432 ']) t.notOk(isCertain('port', text), text);
});

t.test('two of three generated passwords are within the bounds, and usual names', async (t) => {
  const random = seededRandom(1);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const share = (make: () => string) =>
    random.times(500, make).filter((text) => isCertain('secret', text)).length / 500;
  for (const make of [
    () => random.text(letters, 32),
    () => random.bytes(16, 16).toString('hex'),
    () => random.bytes(32, 32).toString('base64'),
    () => random.bytes(48, 48).toString('base64url'),
  ])
    t.ok(share(make) > 0.66, `${share(make)}`);
  for (const name of ['postgres', 'app', 'admin', 'shop_rw', 'reconciliation', 'orders', 'n8n'])
    t.ok(isCertain('name', name), name);
  for (const host of ['postgres-service', 'db.shop.svc', 'localhost', '10.0.0.5'])
    t.ok(isCertain('host', host), host);
});
