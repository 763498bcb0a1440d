import t from 'tap';
import { compilePattern } from '../../../src/engine/policy/pattern.ts';

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

t.test('compiles more patterns than it keeps', async (t) => {
  for (let index = 0; index < 1100; index++) t.ok(compilePattern(`^${index}$`).matches(String(index)));
  t.notOk(matches('^0$', '1'));
});
