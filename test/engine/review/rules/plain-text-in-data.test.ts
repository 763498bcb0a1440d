import { Buffer } from 'node:buffer';
import t from 'tap';
import { aCreate, reportedFindings, validated } from '../../../helpers/engine/engine.ts';

/** The findings for a value that a person typed under `data`. */
const findingsFor = (key: string, typed: string): readonly string[] =>
  reportedFindings(validated(aCreate({ [key]: Buffer.from(typed, 'base64') }, { name: 'cloud' })));

t.test('a word under data, which by chance is base64, is a finding', async (t) => {
  t.same(findingsFor('API_TOKEN', 'password'), ['Enforce API_TOKEN plain-text-in-data']);
  t.same(findingsFor('API_TOKEN', '0123456789abcdef0123456789abcdef'), [
    'Enforce API_TOKEN plain-text-in-data',
  ]);
});

t.test('a key of any name is asked whether the word asks to be replaced', async (t) => {
  t.same(findingsFor('MYSQL_USER', 'changeme'), ['Enforce MYSQL_USER plain-text-in-data']);
  t.same(findingsFor('LOGO', 'password'), ['Enforce LOGO plain-text-in-data']);
  for (const typed of ['appuser1', 'databases', '0123456789abcdef0123456789abcdef'])
    t.same(findingsFor('LOGO', typed), [], typed);
});
