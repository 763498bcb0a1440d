import t from 'tap';
import { compilePolicy } from '../../../../src/engine/policy/compile/compile.ts';
import { patternShape } from '../../../../src/engine/policy/compile/value-problems.ts';
import { pathText } from '../../../../src/engine/policy/schema/problem.ts';
import { aPolicyObject } from '../../../helpers/admission/policy-review.ts';

const problemsOf = (keys: unknown): readonly string[] => {
  const compiled = compilePolicy(aPolicyObject({ keys }));
  return 'problems' in compiled
    ? compiled.problems.map(({ path, message }) => `${pathText(path)}: ${message}`)
    : [];
};

/** The problems of one key. */
const problems = (key: object): readonly string[] =>
  problemsOf({ A: key }).map((line) => line.replace(/^spec\.keys\.A\./, ''));

t.test('limits that a value can keep compile', async (t) => {
  for (const key of [
    { minLength: 8, maxLength: 8 },
    { maxLength: 65_536 },
    { prefix: 'sk_live_', pattern: '^sk_live_[0-9a-zA-Z]{24,99}$', maxLength: 107, sensitive: true },
    { enum: ['app_1', 'app_2'], prefix: 'app_', pattern: '^app_[0-9]$', minLength: 5, default: 'app_1' },
    { prefix: 'app_', generate: { length: 28 }, minLength: 32, maxLength: 32 },
    { prefix: 'app_', generate: { length: 32 }, pattern: '^app_[0-9a-zA-Z]{32}$' },
    { generate: { bytes: 32, encoding: 'hex' }, pattern: '^[0-9a-f]{64}$', maxLength: 64 },
    { generate: { bytes: 32, encoding: 'base64' }, pattern: '^[0-9a-zA-Z+/]{43}=$', maxLength: 44 },
    { generate: { bytes: 32, encoding: 'base64url' }, pattern: '^[\\w-]{43}$', maxLength: 43 },
    { prefix: 'redis://', derive: { template: 'redis://:${A_PASSWORD:-x}@redis' } },
    { prefix: 'redis://:x', derive: { template: 'redis://${A_USER:-u}@redis' } },
    { default: '', enum: ['a'] },
    { pattern: '^[a-z]{3}-\\d?[[:alpha:]]$', minLength: 6, maxLength: 6 },
    { pattern: '^sk_(live|test)_[0-9a-z]+$', prefix: 'sk_live_' },
    { pattern: '^sk_[a-z]+_[0-9a-z]+$', prefix: 'sk_live_' },
    { pattern: '^sk?_live', prefix: 's_live_', maxLength: 2000 },
    { pattern: '^a+\\$', minLength: 200 },
    { pattern: '^a{3}|b{200}$', minLength: 200, prefix: 'b' },
    { pattern: '^[]a]{3}[^]-]{2}[\\]x]$', minLength: 6 },
    { pattern: '^{}$', prefix: '{}' },
  ])
    t.same(problems(key), [], JSON.stringify(key));
});

t.test('reports each contradiction with its field', async (t) => {
  for (const [key, expected] of [
    [{ minLength: 9, maxLength: 8 }, 'maxLength: must not be less than minLength'],
    [{ recommendedLength: 9, maxLength: 8 }, 'maxLength: must not be less than recommendedLength'],
    [{ prefix: 'app_', maxLength: 3 }, 'prefix: is longer than maxLength: shorten it, or allow more'],
    [{ prefix: 'a\u202eb' }, /^prefix: holds a line break or a character that can not be seen/],
    [{ prefix: '' }, 'prefix: is empty: fill it, or leave the field out'],
    [{ prefix: 'x'.repeat(129) }, 'prefix: is too long: write at most 128 characters'],
    [{ enum: [] }, 'enum: is empty: fill it, or leave the field out'],
    [{ enum: [''] }, 'enum[0]: is empty: fill it, or leave the field out'],
    [{ enum: Array(65).fill('a') }, 'enum: has too many entries: at most 64'],
    [{ enum: ['a'.repeat(257)] }, 'enum[0]: is too long: write at most 256 characters'],
    [{ enum: ['abc', 'a'], minLength: 2 }, 'enum[1]: is shorter than minLength: remove it, or correct it'],
    [{ enum: ['abc', 'a'], maxLength: 2 }, 'enum[0]: is longer than maxLength: remove it, or correct it'],
    [{ enum: ['a', 'b'], prefix: 'a' }, 'enum[1]: does not begin with prefix: remove it, or correct it'],
    [{ enum: ['a', 'b'], pattern: 'a' }, 'enum[1]: does not match pattern: remove it, or correct it'],
    [{ enum: ['a'], default: 'b' }, 'default: is none of enum: correct it'],
    [{ prefix: 'a', default: 'b' }, 'default: does not begin with prefix: correct it'],
    [{ pattern: 'a', default: 'b' }, 'default: does not match pattern: correct it'],
    [{ maxLength: 1, default: 'ab' }, 'default: is longer than maxLength: correct it'],
    [
      { enum: ['a'], generate: { length: 32 } },
      'generate: makes a random value, which is none of enum: remove one of the two',
    ],
    [
      { maxLength: 35, prefix: 'app_', generate: { length: 32 } },
      'generate: makes a value longer than maxLength: ask for less',
    ],
    [
      { minLength: 37, prefix: 'app_', generate: { length: 32 } },
      'generate: makes a value shorter than minLength: ask for more',
    ],
    [
      { maxLength: 43, generate: { bytes: 32, encoding: 'base64' } },
      'generate: makes a value longer than maxLength: ask for less',
    ],
    ...['^[a-z0-9]+$', '[0-9]', '^.{31}$', '^app_', '[A-Z].*[A-Z]'].map(
      (pattern) =>
        [
          { pattern, generate: { length: 32 } },
          'generate: makes values that pattern does not match: allow them, or remove it',
        ] as const,
    ),
    [
      { pattern: '^[0-9a-zA-Z]+$', generate: { bytes: 32 } },
      'generate: makes values that pattern does not match: allow them, or remove it',
    ],
    [
      { pattern: '^[0-9a-zA-Z]{100,300}$', generate: { length: 250 } },
      'generate: makes values that pattern does not match: allow them, or remove it',
    ],
    [{ pattern: '(' }, /^pattern: is no RE2 pattern \(missing closing \) \(\): correct it$/],
    [{ pattern: '(?=a)b' }, /^pattern: is no RE2 pattern/],
    [{ pattern: 'a{999}' }, /^pattern: takes more than 512 instructions/],
    [{ pattern: 'a'.repeat(257) }, 'pattern: is too long: write at most 256 characters'],
    [{ pattern: '' }, 'pattern: is empty: fill it, or leave the field out'],
    [
      { pattern: '^a+$', minLength: 2049 },
      'pattern: is asked of at most 2048 characters, and no value has so few: shorten it',
    ],
    [
      { pattern: '^[0-9a-f]{400}$' },
      'pattern: is asked of at most 162 characters, and no value has so few: shorten it',
    ],
    [{ pattern: '^$' }, 'pattern: matches only an empty value: correct it'],
    [
      { pattern: '^[a-z]{3}-\\d?[[:alpha:]]$', minLength: 7 },
      'pattern: matches at most 6 characters, fewer than minLength: correct one of the two',
    ],
    [
      { pattern: '^x_[a-z]{3,}\\.+$', maxLength: 5 },
      'pattern: matches at least 6 characters, more than maxLength: correct one of the two',
    ],
    [
      { pattern: '^sk_test_[0-9a-z]{24}$', prefix: 'sk_live_' },
      'prefix: is not how pattern begins: correct one of the two',
    ],
    [
      { prefix: 'rediss://', derive: { template: 'redis://:${B:-x}@redis' } },
      'prefix: is not how derive.template begins: correct one of the two',
    ],
  ] as const) {
    const found = problems(key);
    t.equal(found.length, 1, found.join('; '));
    t.match(found[0], expected);
  }
});

t.test('reads the length and the start of a pattern, where its text shows them', async (t) => {
  for (const [pattern, shape] of [
    ['^abc$', { start: 'abc', least: 3, most: 3 }],
    ['^sk_live_[0-9a-zA-Z]{24,99}$', { start: 'sk_live_', least: 32, most: 107 }],
    ['^ab?c$', { start: 'a', least: 2, most: 3 }],
    ['^\\.a$', { start: '', least: 2, most: 2 }],
    ['^[^]]*x+$', { start: '', least: 1, most: Infinity }],
    ['^a{2,}$', { start: '', least: 2, most: Infinity }],
    ['^🔑.$', { start: '🔑', least: 2, most: 2 }],
    ['^$', { start: '', least: 0, most: 0 }],
    ...[
      'abc',
      '^abc',
      'abc$',
      '^a|b$',
      '^(a)$',
      '^a\\$',
      '^a+?$',
      '^\\pL$',
      '^\\bx$',
      '^a{,3}$',
      '^[a[b]$',
    ].map((other) => [other, undefined] as const),
  ] as const)
    t.same(patternShape(pattern), shape, pattern);
});

t.test('the patterns of a policy share its budget', async (t) => {
  const keys = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`K${index}`, { pattern: `^${index}$` }]));
  t.same(problemsOf(keys(100)), []);
  t.match(problemsOf(keys(1000)), [
    /^spec\.keys\.K\d+\.pattern: is too costly, together with the fields before it: split it/,
  ]);
  const repeated = Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [`K${index}`, { pattern: '^a$' }]),
  );
  t.same(problemsOf(repeated), [], 'a repeated pattern is compiled once');
});
