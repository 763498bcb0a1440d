import { readFileSync } from 'node:fs';
import t from 'tap';
import { EMULATOR_BEGINNINGS } from '../../../../src/engine/review/floor/entry.ts';
import {
  MAX_PLACEHOLDER_BYTES,
  placeholderTexts,
} from '../../../../src/engine/review/floor/placeholder-texts.ts';
import { classifyPlaceholder } from '../../../../src/engine/value/placeholder/classify.ts';
import { fingerprint } from '../../../../src/engine/value/placeholder/published.ts';
import { EMULATORS } from '../../../../src/engine/value/placeholder/vocabulary/published-hashes.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../data/${name}.json`, import.meta.url), 'utf8'));

const listed = new Set(placeholderTexts('secret').flatMap(({ texts }) => texts));

t.test('each listed text is a placeholder for the engine too, by the same rule', (t) => {
  t.ok(listed.size > 3000);
  for (const { verdict, texts } of placeholderTexts('secret'))
    for (const text of texts) {
      if (classifyPlaceholder(text, { role: 'secret', key: '' })?.rule !== verdict.rule)
        t.fail(`the engine allows ${text}`);
      if (Buffer.byteLength(text) > MAX_PLACEHOLDER_BYTES) t.fail(`${text} is too long to be asked about`);
    }
  t.end();
});

t.test('no text for any key is a good value of the corpus', (t) => {
  const legit = ['placeholders', 'placeholders-more'].flatMap((name) =>
    Object.values<string[]>(read(name).legit).flat(),
  );
  const texts = new Set(placeholderTexts('any').flatMap((group) => group.texts));
  t.same(
    legit.filter((text) => texts.has(text)),
    [],
  );
  t.end();
});

t.test('55 % of the corpus of placeholders are listed', (t) => {
  const corpus = Object.values<string[]>(read('placeholders').placeholders).flat();
  const caught = corpus.filter((text) => listed.has(text));
  t.ok(caught.length / corpus.length >= 0.55, `${caught.length} of ${corpus.length}`);
  t.end();
});

t.test('a listed placeholder of any key is one for a key of templates and of files', (t) => {
  for (const { texts } of placeholderTexts('any'))
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
  t.same(keys.map((value) => value.slice(0, 3)).sort(), [...EMULATOR_BEGINNINGS].sort());
  t.end();
});
