import t from 'tap';

import { nearestNames } from '../../../src/engine/secret/nearest.ts';

const RULES = ['placeholder', 'min-length', 'invalid-uri', 'unescaped-uri', 'weak'];

t.test('finds a misspelt name, nearest first', async (t) => {
  t.same(nearestNames('plceholdr', RULES), ['placeholder']);
  t.same(nearestNames('Min-Lenght', RULES), ['min-length']);
  t.same(nearestNames('waek', RULES), ['weak']);
  t.same(nearestNames('uri', RULES), ['invalid-uri', 'unescaped-uri']);
  t.same(nearestNames('POSTGRES_PASWORD', ['POSTGRES_USER', 'POSTGRES_PASSWORD']), ['POSTGRES_PASSWORD']);
});

t.test('a name that differs in case alone comes before one that has the text as a part', async (t) => {
  t.same(nearestNames('secretname', ['adminSecretName', 'secretName']), ['secretName', 'adminSecretName']);
});

t.test('suggests nothing for a text that is near no name', async (t) => {
  for (const typed of ['', 'x', 'xyzzy', 'no-such-thing-at-all'])
    t.same(nearestNames(typed, RULES), [], typed);
});

t.test('answers quickly for a text of any length', async (t) => {
  t.same(nearestNames('a'.repeat(1_000_000), RULES), []);
});
