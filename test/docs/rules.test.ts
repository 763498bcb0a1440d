import t from 'tap';
import { ruleTexts } from '../../src/engine/review/rules/manifest-rules.ts';

t.test('each rule has an ID, a meaning, an example and a fix', async (t) => {
  t.equal(new Set(ruleTexts.map(({ id }) => id)).size, ruleTexts.length);
  for (const { id, meaning, example, remediation: mend } of ruleTexts) {
    t.match(meaning, /^[A-Z].*\.$/, id);
    t.match(mend, /^[A-Z]/, id);
    t.ok(example.length > 0, id);
  }
});
