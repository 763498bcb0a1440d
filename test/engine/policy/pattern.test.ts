import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { compilePattern, type PatternText, patternOf } from '../../../src/engine/policy/pattern.ts';

const matches = (pattern: string, text: string): boolean => compilePattern(pattern).matches(text);

t.test('matches any part of a text, as a pattern of OpenAPI does', async (t) => {
  t.ok(matches('live', 'sk_live_1'));
  t.notOk(matches('^live', 'sk_live_1'));
  t.notOk(matches('^live$', 'live1'));
  t.notOk(matches('^a$', 'a\n'), 'the end of the text, not of a line');
  t.notOk(matches('^b', 'a\nb'));
  t.ok(matches('(?m)^b', 'a\nb'));
  t.notOk(matches('a.b', 'a\nb'));
  t.ok(matches('(?s)a.b', 'a\nb'));
  t.ok(matches('(?i)^SK_', 'sk_1'));
  t.ok(matches('^\\pL{3}$', 'äöü'));
  t.ok(matches('^.$', '🔑'), 'a character is a code point');
  t.ok(matches('', ''));
});

t.test('gives the same answer at each call', async (t) => {
  for (let round = 0; round < 3; round++) {
    t.ok(matches('^a+$', 'aaa'));
    t.notOk(matches('^a+$', 'aab'));
  }
});

t.test('refuses what RE2 has not, and names the place', async (t) => {
  for (const [pattern, message] of [
    ['(?=a)', 'is no RE2 pattern (invalid or unsupported Perl syntax (?=): correct it'],
    ['(?<!a)b', /^is no RE2 pattern \(.*\): correct it$/],
    ['(a)\\1', 'is no RE2 pattern (invalid escape sequence \\1): correct it'],
    ['[z-a]', 'is no RE2 pattern (invalid character class range z-a): correct it'],
    ['(', 'is no RE2 pattern (missing closing ) (): correct it'],
    ['a{1001}', 'is no RE2 pattern (invalid repeat count {1001}): correct it'],
    ['*', /missing argument/],
    ['a**', /invalid nested repetition operator/],
    ['((((a{99}){99}){99}){99}){99}', /^is no RE2 pattern \(invalid repeat count/],
    [`(${'secret'.repeat(30)}`, 'is no RE2 pattern (missing closing )): correct it'],
    ['\u202e(', /^[ -~]*$/],
  ] as const)
    t.throws(() => compilePattern(pattern), { message }, pattern);
});

t.test('refuses a pattern with too many instructions', async (t) => {
  const message = /^takes more than 512 instructions of RE2: shorten it, or repeat less$/;
  for (const pattern of ['a{600}', '(a{1,30}){1,30}', '(\\pL\\pN?){300}', '[0-9a-f]{512}'])
    t.throws(() => compilePattern(pattern), { message }, pattern);
  t.doesNotThrow(() => compilePattern('[0-9a-f]{500}'));
});

t.test('asks a larger pattern of shorter values, so that the steps of each one are limited', async (t) => {
  t.equal(compilePattern('^[a-z]+$').maxCharacters, 2048);
  const sizes = [24, 64, 128, 256, 500].map((count) => compilePattern(`^[0-9a-z]{${count}}$`).maxCharacters);
  t.same(sizes, [2048, 963, 496, 252, 130]);
  for (const [pattern, character] of [
    ['^(?:a|b)*a(?:a|b){30}$', 'a'],
    ['(?i)k(?:\\w|K){120}[12]', 'k'],
    ['(?:a*)*(?:a*)*(?:a*)*[cd]', 'a'],
    ['(?:[\\pL\\pN]?a?){100}[12]', 'a'],
    ['^(a+)+$', 'a'],
  ] as const) {
    const { maxCharacters, matches: found } = compilePattern(pattern);
    t.type(found(character.repeat(maxCharacters - 1)), 'boolean', pattern);
  }
});

t.test('refuses a pattern with too many ranges, before it compiles them', async (t) => {
  const message = /^takes more than 131072 ranges of characters: repeat classes such as \\pL less often$/;
  for (const pattern of ['\\pL{400}', '(?:[^\\pL]x?){250}', '(?:\\pL\\pL){150}'])
    t.throws(() => compilePattern(pattern), { message }, pattern);
  t.doesNotThrow(() => compilePattern('^[\\pL\\pN_-]{1,64}$'));
});

t.test('refuses wide ranges in a pattern that ignores case', async (t) => {
  const message = /^has ranges of more than 65536 characters under \(\?i\): write shorter ranges, or remove/;
  for (const range of [
    'a-\u{1e942}',
    '\\x{61}-\\x{1e942}',
    '\\x61-\\x{1E942}',
    '--\u{1e942}',
    '\\--\u{1e942}',
  ])
    for (const pattern of [`(?i)[${range}]`, `(?s-i)(?mi:[^${range}])`, `(?i)[a-b${range}]`])
      t.throws(() => compilePattern(pattern), { message }, pattern);
  for (const pattern of [
    '[a-\u{1e942}]',
    '(?i)^[a-z0-9]+(-[a-z0-9]+)*$',
    '(?i)[а-яё]',
    '(?i)[\\x{4e00}-\\x{9fff}]',
  ])
    t.doesNotThrow(() => compilePattern(pattern), pattern);
});

t.test('a pattern lives as long as the policy that has it', async (t) => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  let source: PatternText | undefined = { text: '^a$' };
  const pattern = new WeakRef(patternOf(source));
  t.equal(patternOf(source), pattern.deref(), 'it is compiled once');
  // A WeakRef keeps its target until the end of the turn.
  await setImmediate();
  source = undefined;
  collectGarbage();
  t.equal(pattern.deref(), undefined);
});
