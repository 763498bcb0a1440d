import t from 'tap';
import { anyGlobMatches, globMatches } from '../../../../src/engine/policy/match/glob.ts';
import { fc } from '../../../helpers/property.ts';

t.test('* is any run of characters, ? any one, and all else itself', async (t) => {
  for (const [pattern, text, expected] of [
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['?', '', false],
    ['?', 'a', true],
    ['app-*', 'app-', true],
    ['app-*', 'my-app-x', false],
    ['*-secrets', 'app-secrets', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['a?c', 'abc', true],
    ['a.c', 'abc', false],
    ['[ab]', 'a', false],
    ['**', 'x', true],
    ['*a', 'aaab', false],
    ['App', 'app', false],
  ] as const) {
    t.equal(globMatches(pattern, text), expected, `${pattern} ${text}`);
  }
});

t.test('one of several globs is enough, and an empty list matches nothing', async (t) => {
  t.equal(anyGlobMatches(['a', 'b*'], 'bc'), true);
  t.equal(anyGlobMatches([], ''), false);
});

t.test('agrees with the equivalent regular expression', async (t) => {
  const pattern = fc.stringMatching(/^[ab*?]{0,8}$/);
  fc.assert(
    fc.property(pattern, fc.stringMatching(/^[ab]{0,10}$/), (glob, text) => {
      const same = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      return globMatches(glob, text) === same.test(text);
    }),
    { seed: 7, numRuns: 2_000 },
  );
  t.equal(globMatches(`${'*a'.repeat(120)}b`, 'a'.repeat(253)), false, 'and ends where that one would not');
});
