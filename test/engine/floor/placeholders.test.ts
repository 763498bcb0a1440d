import { readFileSync } from 'node:fs';
import t from 'tap';
import { EMULATOR_KEYS } from '../../../src/engine/floor/entry.ts';
import { mayBePlaceholder, spelledTexts } from '../../../src/engine/floor/placeholder/beginnings.ts';
import {
  matchesPattern,
  PATTERNS,
  PHRASES,
  type Phrase,
} from '../../../src/engine/floor/placeholder/patterns.ts';
import { type FloorRole, usualPlaceholders } from '../../../src/engine/floor/placeholder/usual.ts';
import { classifyPlaceholder } from '../../../src/engine/placeholder/classify.ts';
import { fingerprint } from '../../../src/engine/placeholder/published.ts';
import { EMULATORS } from '../../../src/engine/placeholder/published-hashes.ts';
import { type SeededRandom, seededRandom } from '../../helpers/engine/seeded-random.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../data/${name}.json`, import.meta.url), 'utf8'));

/** Every text of a phrase. */
function* textsOf([choices, ...rest]: Phrase, separator: string): Generator<string> {
  if (choices === undefined) {
    yield '';
    return;
  }
  for (const end of textsOf(rest, separator))
    for (const choice of choices)
      yield [choice.replaceAll('-', separator), end].filter((text) => text !== '').join(separator);
}

t.test('each text of each phrase is a placeholder for the engine too', (t) => {
  let count = 0;
  for (const phrase of PHRASES)
    for (const separator of ['-', '_'])
      for (const text of textsOf(phrase, separator))
        for (const spelled of [text, text.toUpperCase()]) {
          count += 1;
          if (!matchesPattern(spelled)) t.fail(`the pattern misses ${spelled}`);
          if (classifyPlaceholder(spelled, { role: 'secret', key: '' }) === undefined)
            t.fail(`the engine allows ${spelled}`);
        }
  t.ok(count > 50_000);
  t.end();
});

t.test('the patterns match no good value, and the engine refuses what they match', (t) => {
  const legit = ['placeholders', 'placeholders-more'].flatMap((name) =>
    Object.values<string[]>(read(name).legit).flat(),
  );
  t.same(legit.filter(matchesPattern), []);
  let matched = 0;
  for (const form of patternForms(seededRandom(7)))
    for (let round = 0; round < 4000; round++) {
      const value = form();
      if (!matchesPattern(value)) continue;
      matched += 1;
      if (classifyPlaceholder(value, { role: 'secret', key: '' }) === undefined)
        t.fail(`the engine allows ${value}`);
    }
  t.ok(matched > 30_000, 'most of them match');
  t.equal(PATTERNS.length, 5);
  t.end();
});

/** Makers of texts that mostly match a pattern. */
function patternForms({ text, pick }: SeededRandom): readonly (() => string)[] {
  const inner = 'abcdefgXYZ019_-. =:/';
  return [
    () => `\${${text('ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcxyz01', 3, 30)}}`,
    () =>
      `\${${text('ABCDEXYZ_', 3, 9)}${pick([':-', '-', ':?', '=', '+', '?'])}${text('abcXYZ019 ._-', 1, 20)}}`,
    () => `{{${pick(['', ' '])}${text('.abcABC_', 1)}${text(inner, 2, 30)}}}`,
    () => `\${{${pick(['', ' '])}${text('.abcABC_', 1)}${text(inner, 2, 30)}}}`,
    () => `$(${text('abcdxyz', 2, 8)} ${text(`${inner}"'|$<>!?*`, 0, 40)})`,
    () => `openssl rand ${pick(['', '-hex ', '-base64 '])}${text('0123456789', 1, 4)}`,
    () => `op://${text('abcXYZ019_.-', 1, 9)}/${text('abcXYZ019_.-', 1, 9)}/${text('abcXYZ019_./-', 1, 20)}`,
    () => `ref+${text('abc019', 1, 9)}://${text('abcXYZ019_./#-', 1, 20)}`,
    () => `arn:aws:${pick(['secretsmanager', 'ssm', 'kms'])}:${text('abcXYZ019:/-_', 0, 40)}`,
    () => `vault:${text('abcXYZ', 1)}${text('abcXYZ019_./-', 1, 20)}#${text('abcXYZ019_.-', 1, 9)}`,
    () => `ENC[${text('abcXYZ019,=:+/', 0, 40)}]`,
    () =>
      `<${pick(['your-', 'your ', ''])}${pick(['jwt_', 'db ', 'strong-', ''])}${pick(['password', 'secret', 'key'])}${pick([' here', ''])}>`,
  ];
}

/** What the API server evaluates of `mayBePlaceholder`. */
function beginsLikePlaceholder(role: FloorRole): (text: string) => boolean {
  const expression = mayBePlaceholder('value', role);
  const [, listed = ''] = /in \[([^\]]*)\]/.exec(expression) ?? [];
  const digits = new Set(listed.split(',').map((literal) => literal.slice(1, -1)));
  const [, pattern] = /matches\('(.*)'\)/.exec(expression) ?? [];
  return (text) => {
    const value = Buffer.from(text).toString('base64');
    return digits.has(value.slice(0, 4)) || (pattern !== undefined && new RegExp(pattern).test(value));
  };
}

t.test('the first digits of each placeholder show that the value may be one', (t) => {
  const isAsked = beginsLikePlaceholder('secret');
  const missed = new Set<string>();
  const ask = (text: string) => {
    for (const one of [text, `${text}\n`]) if (!isAsked(one)) missed.add(one);
  };
  for (const group of usualPlaceholders('secret')) for (const text of spelledTexts(group)) ask(text);
  for (const phrase of PHRASES)
    for (const separator of ['-', '_'])
      for (const text of textsOf(phrase, separator)) for (const one of [text, text.toUpperCase()]) ask(one);
  for (const form of patternForms(seededRandom(8)))
    for (let round = 0; round < 500; round++) {
      const text = form();
      if (matchesPattern(text)) ask(text);
    }
  const isAskedOfAny = beginsLikePlaceholder('any');
  for (const { texts } of usualPlaceholders('any'))
    for (const text of texts)
      for (const one of [text, `${text}\n`]) if (!isAskedOfAny(one)) missed.add(`any key: ${one}`);
  t.same([...missed], []);
  t.end();
});

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

t.test('a generated value is seldom asked about', (t) => {
  const { text } = seededRandom(9);
  const isAsked = beginsLikePlaceholder('secret');
  const generated = Array.from({ length: 2000 }, () => text(LETTERS_AND_DIGITS, 24));
  t.ok(generated.filter(isAsked).length < 40);
  t.end();
});
t.test('each spelling of a usual placeholder is one for the engine too', (t) => {
  for (const group of usualPlaceholders('secret'))
    for (const text of spelledTexts(group)) {
      const verdict = classifyPlaceholder(text, { role: 'secret', key: '' });
      if (verdict?.rule !== group.verdict.rule) t.fail(`the engine allows ${text}`);
    }
  t.end();
});

t.test('60 % of the corpus of placeholders are usual ones', (t) => {
  const corpus = Object.values<string[]>(read('placeholders').placeholders).flat();
  const usual = new Set(usualPlaceholders('secret').flatMap(spelledTexts));
  const caught = corpus.filter((text) => usual.has(text) || matchesPattern(text));
  t.ok(caught.length / corpus.length >= 0.6, `${caught.length} of ${corpus.length}`);
  t.end();
});

t.test('a usual placeholder of any key is one for a key of templates and of files', (t) => {
  for (const { texts } of usualPlaceholders('any'))
    for (const text of texts)
      for (const key of ['EMAIL_BODY', 'nginx.conf', 'prompt', 'cron_schedule', 'API_KEY', 'TLS_CERT', 'URL'])
        for (const role of ['configuration', 'name'] as const)
          if (classifyPlaceholder(text, { role, key }) === undefined) t.fail(`${role} ${key} may be ${text}`);
  t.end();
});

t.test('the published keys of emulators are left to the engine', (t) => {
  const keys = Object.values<string[]>(read('published-values'))
    .flat()
    .filter((value) => EMULATORS.has(fingerprint(value)));
  t.equal(keys.length, EMULATORS.size);
  t.same(
    keys.map((value) => [value.length, value.slice(0, 3)]).sort(),
    EMULATOR_KEYS.map((one) => [...one]).sort(),
  );
  t.end();
});
