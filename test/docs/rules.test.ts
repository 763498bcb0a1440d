import { readFile } from 'node:fs/promises';
import t from 'tap';

import { rulesPage } from '../../scripts/reference/rules-page.ts';
import { ruleTexts } from '../../src/engine/rules/manifest-rules.ts';

t.test('docs/reference/rules.md says what the code says: npm run docs', async (t) => {
  t.equal(await readFile(new URL('../../docs/reference/rules.md', import.meta.url), 'utf8'), rulesPage());
});

t.test('each rule has an ID, a meaning, an example and a fix', async (t) => {
  t.equal(new Set(ruleTexts.map(({ id }) => id)).size, ruleTexts.length);
  for (const { id, meaning, example, remediation: mend } of ruleTexts) {
    t.match(meaning, /^[A-Z].*\.$/, id);
    t.match(mend, /^[A-Z]/, id);
    t.ok(example.length > 0, id);
  }
});
