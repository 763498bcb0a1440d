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
  'a thousand schedules that never come, all different, take no longer than their first twenty',
  async (t) => {
    const days = (index: number) =>
      Array.from({ length: 10 }, (_, bit) => ((index >> bit) % 2 === 0 ? '31' : '31-31')).join(',');
    const spec = keys(1000, (index) => ({
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
  t.match(said({ keys: document }), [/holds more than 50000 fields and entries/]);
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
