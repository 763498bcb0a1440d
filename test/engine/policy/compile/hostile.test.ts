import t from 'tap';
import { compilePolicy } from '../../../../src/engine/policy/compile/compile.ts';
import { pathText } from '../../../../src/engine/policy/schema/problem.ts';
import { aPolicyObject } from '../../../helpers/admission/policy-review.ts';

const said = (spec: unknown): readonly string[] => {
  const compiled = compilePolicy(aPolicyObject(spec));
  return 'problems' in compiled
    ? compiled.problems.map(({ path, message }) => `${pathText(path)}: ${message}`)
    : [];
};

const keys = (count: number, key: (index: number) => unknown) => ({
  keys: Object.fromEntries(Array.from({ length: count }, (_, index) => [`K${index}`, key(index)])),
});

const derived = (template: string) => ({ derive: { template } });

t.test('reports the first twenty of a thousand faults, each in a short line', async (t) => {
  for (const spec of [
    keys(1000, () => derived(`\${${'A'.repeat(4090)}}`)),
    keys(1000, () => ({ unheard: 1, ['\u202e'.repeat(10_000)]: 1 })),
    keys(1000, () => derived('${'.repeat(2048))),
    keys(1000, () => ({ aliases: ['A'.repeat(253)] })),
    { ['x'.repeat(100_000)]: 1 },
    { match: { labelSelector: { matchLabels: { ['x'.repeat(100_000)]: 'x'.repeat(100_000) } } } },
  ]) {
    const lines = said(spec);
    t.ok(lines.length > 0 && lines.length <= 21, `${lines.length} lines`);
    t.ok(
      lines.every((line) => line.length < 2000 && /^[ -~]*$/.test(line)),
      String(lines[0]).slice(0, 200),
    );
  }
});

t.test(
  'a hundred schedules that never come, all different, take no longer than their first twenty',
  async (t) => {
    const days = (index: number) =>
      Array.from({ length: 10 }, (_, bit) => ((index >> bit) % 2 === 0 ? '31' : '31-31')).join(',');
    const spec = keys(100, (index) => ({
      generate: { length: 32 },
      rotate: {
        schedule: `0 0 ${days(index)} 2,4,6,9,11 *`,
        timeZone: 'Europe/Berlin',
        previousKey: `KEEP${index}`,
      },
    }));
    const lines = said(spec);
    t.equal(lines.length, 20);
    t.match(lines[0], /K0\.rotate\.schedule: never comes/);
  },
);

t.test(
  'a policy that would take seconds or megabytes is refused, with the field at which its budget ends',
  async (t) => {
    const fill = (unit: string, head: string, tail: string): string =>
      head + unit.repeat(Math.floor((256 - head.length - tail.length) / unit.length)) + tail;
    const TOO_COSTLY =
      /^spec\S*: is too costly, together with the fields before it: split it into several policies$/;
    for (const [what, spec, expected] of [
      [
        'ranges of every letter that has another case',
        keys(32, (index) => ({ pattern: fill('a-\u{1e942}', '(?i)[', `]${index}`) })),
        /^spec\.keys\.K0\.pattern: has ranges of more than 65536 characters under \(\?i\): write shorter/,
      ],
      [
        'the same in CEL',
        keys(32, (index) => ({
          validations: [
            { expression: `self.matches("${fill('a-\u{1e942}', '(?i)[', `]${index}`)}")`, message: 'm' },
          ],
        })),
        /^spec\.keys\.K0\.validations\[0\]\.expression: has a pattern that has ranges of more than 65536/,
      ],
      ['unions of classes', keys(64, (index) => ({ pattern: fill('\\pL|', '', `${index}`) })), TOO_COSTLY],
      [
        'many ranges in memory',
        keys(64, (index) => ({ pattern: fill('[^\\pL\u2190]', '', `${index}`) })),
        TOO_COSTLY,
      ],
      [
        'classes that a repetition multiplies',
        keys(32, (index) => ({ pattern: `[\\pL\\pN]{${400 + index}}` })),
        /^spec\.keys\.K0\.pattern: takes more than 131072 ranges of characters: repeat classes/,
      ],
      [
        'instructions that a repetition multiplies',
        keys(64, (index) => ({ pattern: fill('a?', '(?:', `){${900 + index}}`) })),
        /^spec\.keys\.K0\.pattern: takes more than 512 instructions/,
      ],
      ['states of empty loops', keys(200, (index) => ({ pattern: `(?:(?:^){22}){22}${index}` })), TOO_COSTLY],
      [
        'texts that a pattern is asked of',
        keys(32, (index) => ({
          pattern: `(?:a?){100}.*b${index}`,
          enum: Array.from({ length: 64 }, (_, one) => 'a'.repeat(200) + one),
        })),
        TOO_COSTLY,
      ],
      [
        'rules in CEL',
        keys(300, (index) => ({
          validations: [{ expression: `self != "${'a'.repeat(900)}${index}"`, message: 'm' }],
        })),
        TOO_COSTLY,
      ],
      [
        'schedules',
        keys(1000, (index) => ({
          generate: { length: 32 },
          rotate: { schedule: `${'0-59,'.repeat(20)}${index % 60} 0 1 1 *` },
        })),
        TOO_COSTLY,
      ],
      [
        'schedules that never come',
        keys(40, (index) => ({
          generate: { length: 32 },
          rotate: { schedule: `${index} 0 31,${index % 2 === 0 ? 30 : 31} 2 *` },
        })),
        /never comes/,
      ],
      [
        'places in long lines',
        keys(300, () => derived(`${'a'.repeat(3400)}${'${A:-x}'.repeat(64)}\nx`)),
        TOO_COSTLY,
      ],
      ['text that is kept', keys(700, () => derived('x'.repeat(4096))), TOO_COSTLY],
      [
        'globs that are compared with each Secret',
        { match: { names: Array(256).fill('*a'.repeat(120)), types: Array(256).fill('*a'.repeat(120)) } },
        /^spec\.match\.types: is too costly/,
      ],
    ] as const)
      t.match(said(spec)[0], expected, what);
  },
);

t.test('a common policy uses a small part of its budget', async (t) => {
  const compiled = compilePolicy(
    aPolicyObject(
      keys(100, (index) => ({
        pattern: `^sk_live_[0-9a-zA-Z]{24}_${index}$`,
        validations: [{ expression: `self.startsWith("sk_") && self != "${index}"`, message: 'm' }],
        derive: undefined,
      })),
    ),
  );
  t.ok('policy' in compiled, 'a hundred patterns and a hundred rules');
});

t.test('a document that contains itself ends', async (t) => {
  const spec: Record<string, unknown> = {};
  spec.match = spec;
  t.match(said(spec), [/is nested too deep for a policy/]);
});

t.test('a document that repeats itself without end by YAML aliases ends', async (t) => {
  const level = (below: unknown) =>
    Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`a${at}`, below]));
  let document: unknown = 1;
  for (let depth = 0; depth < 11; depth += 1) document = level(document);
  t.match(said({ keys: document }), [/holds more than 20000 fields and entries/]);
});

t.test('reads a template of the maximum size', async (t) => {
  for (const text of [':', '@', '/', '?', '=', ' ', '{', '}', 'a', 'host = ', '\u{1f600}']) {
    for (const head of ['', 'postgresql://', 'jdbc:postgresql://', 'host=']) {
      const template = (head + text.repeat(4096)).slice(0, 4096).toWellFormed();
      const lines = said(keys(50, () => derived(template)));
      t.ok(lines.length <= 21, `${head}${text}`);
    }
  }
});

t.test('a policy changes no shared JavaScript prototype', async (t) => {
  const spec = JSON.parse(
    '{"keys":{"constructor":{"derive":{"template":"${toString:-x}"}}},"environments":{"constructor":{"prototype":"polluted"}}}',
  );
  t.same(said(spec), []);
  t.match(said(JSON.parse('{"environments":{"__proto__":{"polluted":"yes"}}}')), [/keeps for itself/]);
  t.match(said(JSON.parse('{"keys":{"A":{"__proto__":{"required":true}}}}')), [/keeps for itself/]);
  t.equal(({} as { polluted?: string }).polluted, undefined);
});
