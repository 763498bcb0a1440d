import { Buffer } from 'node:buffer';
import t from 'tap';

import { denies } from '../../../../src/engine/secret/finding/finding.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { readConnection } from '../../../../src/engine/value/uri/read.ts';
import {
  aCreate,
  afterMutation,
  anUpdate,
  aPolicy,
  aSecret,
  GOOD,
  reportedFindings,
  STORY,
  STORY_URL,
  validated,
  validatedOnly,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

type Values = Readonly<Record<string, string>>;

const many = (count: number, name: (index: number) => string, value: (index: number) => string): Values =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), value(index)]));

/** Number of reads of any value while `work` runs. It is proportional to the time, and equal on every machine. */
function looks(work: () => unknown): number {
  const original = Sensitive.prototype.withPlaintext;
  let count = 0;
  Sensitive.prototype.withPlaintext = function <Fact>(
    this: Sensitive,
    judge: Parameters<typeof original<Fact>>[0],
  ): Fact {
    count++;
    return original.call(this, judge as never) as Fact;
  };
  try {
    work();
  } finally {
    Sensitive.prototype.withPlaintext = original;
  }
  return count;
}

t.test('ten times the keys cost ten times the reads, not a hundred', async (t) => {
  const shapes: readonly [string, (count: number) => Values][] = [
    [
      'strong',
      (count) =>
        many(
          count,
          (index) => `K${index}_PASSWORD`,
          (index) => `${GOOD.password}${index}`,
        ),
    ],
    [
      'equal',
      (count) =>
        many(
          count,
          (index) => `K${index}_PASSWORD`,
          () => GOOD.other,
        ),
    ],
    [
      'logins',
      (count) =>
        many(
          count,
          (index) => (index % 2 === 0 ? `K${index}_USER` : `K${index}_PASSWORD`),
          (index) => `${GOOD.password}${index}`,
        ),
    ],
    [
      'URLs',
      (count) =>
        many(
          count,
          (index) => `U${index}_URL`,
          () => STORY_URL,
        ),
    ],
  ];
  for (const [what, shape] of shapes) {
    const cost = (count: number): number => {
      const before = { ...STORY, ...shape(count) };
      return looks(() => validated(anUpdate(before, { ...before, POSTGRES_PASSWORD: GOOD.other })));
    };
    const [few, lots] = [cost(900), cost(9_000)];
    t.ok(few >= 900 && lots <= few * 11, `${what}: ${few} and ${lots}`);
  }
});

t.test('writes each key of a policy with the maximum number of keys once', async (t) => {
  const count = 1_000;
  const policy = aPolicy('p', {
    keys: Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `K${index}`,
        index === 0 ? {} : { derive: { template: `x-\${K${index - 1}}` }, aliases: [`k${index}`] },
      ]),
    ),
  });
  const cost = looks(() => t.equal(validated(aCreate({ K0: '1' }), [policy]).changes.length, count - 1));
  t.ok(cost < count * 20, `${cost} looks`);
});

t.test('validates a value of 1 MiB, derives nothing from it, and continues with the others', async (t) => {
  const mebibyte = 1024 * 1024;
  for (const character of ['a', '@', '\n', '"', '%']) {
    for (const key of ['POSTGRES_PASSWORD', 'POSTGRES_HOST', 'DATABASE_URL', 'REDIS_URL', 'x-token']) {
      const request = aCreate({ ...STORY, [key]: character.repeat(mebibyte), JWT_SECRET: 'changeme' });
      const decision = validated(request);
      t.ok(reportedFindings(decision).includes('Enforce JWT_SECRET placeholder'), `${character} ${key}`);
      t.ok((writtenValues(decision).DATABASE_URL?.length ?? 0) < 1000, `${character} ${key}`);
      t.same(validated(afterMutation(request, decision)).changes, [], `${character} ${key}`);
    }
  }
});

t.test('derives nothing that exceeds the size of a Secret, alone or together', async (t) => {
  const chain = aPolicy('p', {
    keys: Object.fromEntries(
      Array.from({ length: 900 }, (_, index) => [
        `K${index}`,
        index === 0 ? {} : { derive: { template: `x-\${K${index - 1}}` } },
      ]),
    ),
  });
  const { changes } = validated(aCreate({ K0: 'z'.repeat(400_000) }), [chain]);
  t.equal(changes.length, 2, 'with these it is too large, and the API server refuses it');

  const template = '${B}'.repeat(64);
  const wide = aPolicy('p', { keys: { B: {}, D: { derive: { template } } } });
  t.same(validated(aCreate({ B: 'z'.repeat(20_000) }), [wide]).changes, []);
  t.equal(writtenValues(validated(aCreate({ B: 'z'.repeat(10_000) }), [wide])).D?.length, 640_000);
});

t.test('a URL of nothing but separators ends', async (t) => {
  for (const character of '@:/?#%[],;=& \'"{}$') {
    for (const head of ['', 'postgresql://', 'postgresql://u:p@h/d?', 'jdbc:sqlserver://h;', 'Server=a;']) {
      const text = (head + character.repeat(8192)).slice(0, 8192);
      readConnection(text, { password: GOOD.password });
      const request = aCreate({ ...STORY, DATABASE_URL: text, REDIS_URL: text, POSTGRES_HOST: text });
      t.same(validated(afterMutation(request, validated(request))).changes, []);
    }
  }
});

t.test('NUL, bytes that are no text, lone surrogates: a finding or nothing, never a throw', async (t) => {
  for (const value of ['\0', `${GOOD.password}\0`, '\ud800', `${GOOD.password}\udc00`, '\u2028', '\ufeff']) {
    for (const key of [...Object.keys(STORY), 'DATABASE_URL', '\ud800', '', '__proto__']) {
      const data = new Map([...aSecret(STORY).data, [key, Sensitive.fromText(value)] as const]);
      const request = { ...aCreate({}), secret: { ...aSecret({}), data } };
      const decision = validated(request);
      t.same(validated(afterMutation(request, decision)).changes, []);
    }
  }
  const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
  for (const key of Object.keys(STORY)) {
    t.ok(validatedOnly(aCreate({ ...STORY, [key]: bytes })).findings.some(denies), key);
  }
});
