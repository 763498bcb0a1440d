import { Buffer } from 'node:buffer';
import t from 'tap';
import { compilePolicy } from '../../../../src/engine/policy/compile/compile.ts';
import { pathText } from '../../../../src/engine/policy/schema/problem.ts';
import { aPolicyObject } from '../../../helpers/admission/policy-review.ts';
import {
  aCreate,
  anUpdate,
  aPolicy,
  findingTexts,
  GOOD,
  mutated,
  sentences,
  validated,
  validatedOnly,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

const SHORT = { expression: 'self.size() < 5', message: 'must be short' };
const DIFFER = { expression: 'data.A != data.B', message: 'must have two hosts' };

const withKey = (entry: object, more: object = {}) => aPolicy('cel', { keys: { K: entry }, ...more });

t.test('a value that breaks a rule has the message of the author', async (t) => {
  const policies = [withKey({ validations: [SHORT] })];
  t.same(sentences(validatedOnly(aCreate({ K: 'long-value' }), policies)), [
    'K: must be short [lockstep/validation]: set a value that meets this rule',
  ]);
  t.same(validatedOnly(aCreate({ K: 'ok' }), policies).findings, []);
  t.same(validatedOnly(aCreate({ K: '' }), policies).findings, [], 'an empty value is a key switched off');
  t.same(validatedOnly(aCreate({ X: 'x' }), policies).findings, []);
  t.match(validatedOnly(aCreate({ K: 'long-value' }), policies).findings, [{ policy: 'cel' }]);
});

t.test('a rule without an answer is a finding of its own, with the action of the rule', async (t) => {
  const policies = [withKey({ validations: [{ expression: 'int(self) > 0', message: 'must be positive' }] })];
  t.same(sentences(validatedOnly(aCreate({ K: 'eleven' }), policies)), [
    'K: can not be validated by the rule "must be positive", because it has no answer for this value [lockstep/policy-error]: set a value that the rule can read, or correct the rule in the policy',
  ]);
  t.same(findingTexts(validatedOnly(aCreate({ K: Buffer.from([0xff]) }), policies)), [
    'Enforce K policy-error',
  ]);
  t.same(findingTexts(validatedOnly(aCreate({ K: '1'.repeat(1024 * 1024) }), policies)), [
    'Enforce K policy-error',
  ]);
});

t.test('a rule about the Secret without an answer names the key that it could not read', async (t) => {
  const reported = (expression: string, values: object) =>
    sentences(
      validatedOnly(aCreate(values as never), [
        aPolicy('cel', {
          keys: { A: { aliases: ['a'] }, B: {}, C: {} },
          validations: [{ expression, message: 'must fit' }],
        }),
      ]),
    ).map((line) => line.replace(/^: can not be validated by the rule "must fit", because (.*) \[.*$/, '$1'));
  for (const [expression, values, expected] of [
    ['data.A != data.B', { A: 'x' }, 'it reads B, which the Secret does not hold'],
    ['data.B != data.A', { B: 'x' }, 'it reads A, which the Secret does not hold'],
    ['data["B"] != data.A', { a: 'x' }, 'it reads B, which the Secret does not hold'],
    ['data.A != data.B', { A: 'x', B: Buffer.from([0xff]) }, 'it reads B, whose value is no text'],
    ['int(data.A) > int(data.B)', { A: '1', B: 'x' }, 'it has no answer for this value (it reads A, B)'],
    ['data[data.A] != "x"', { A: GOOD.password }, 'it reads a key that the Secret does not hold'],
  ] as const)
    t.same(reported(expression, values), [expected], expression);
});

t.test('each rule has its action, else that of its key or policy', async (t) => {
  const actions = (validation: object, key: object = {}, spec: object = {}) =>
    validatedOnly(aCreate({ K: 'long-value' }), [
      withKey({ validations: [{ ...SHORT, ...validation }], ...key }, spec),
    ]).findings.map(({ action }) => action);
  t.same(actions({}), ['Enforce']);
  t.same(actions({ action: 'Warn' }), ['Warn']);
  t.same(actions({ action: 'Enforce' }, { action: 'Audit' }), ['Enforce']);
  t.same(actions({}, { action: 'Warn' }), ['Warn']);
  t.same(actions({}, {}, { action: 'Audit' }), ['Audit']);
});

t.test('a placeholder is reported alone', async (t) => {
  const policies = [withKey({ sensitive: true, validations: [SHORT] })];
  t.same(findingTexts(validatedOnly(aCreate({ K: 'CHANGE_ME' }), policies)), ['Enforce K placeholder']);
});

t.test('a rule about the Secret reads keys by each of their spellings', async (t) => {
  const policies = [aPolicy('cel', { keys: { A: { aliases: ['a'] }, B: {} }, validations: [DIFFER] })];
  t.same(sentences(validatedOnly(aCreate({ a: 'x', B: 'x' }), policies)), [
    ': must have two hosts [lockstep/validation]: set a value that meets this rule',
  ]);
  t.same(validatedOnly(aCreate({ a: 'x', B: 'y' }), policies).findings, []);
  t.same(findingTexts(validatedOnly(aCreate({ B: 'y' }), policies)), ['Enforce  policy-error']);
});

t.test('on UPDATE, a rule warns of keys that this request did not change', async (t) => {
  const policies = [
    aPolicy('cel', {
      keys: { A: {}, B: {}, K: { validations: [SHORT] }, OTHER: {} },
      validations: [DIFFER],
    }),
  ];
  const before = { A: 'x', B: 'x', K: 'long-value', OTHER: '1' };
  const actions = (after: object) =>
    findingTexts(validatedOnly(anUpdate(before, { ...before, ...after }), policies));
  t.same(actions({ OTHER: '2' }), ['Warn  validation', 'Warn K validation']);
  t.same(actions({ K: 'longer-value' }), ['Enforce K validation', 'Warn  validation']);
  t.same(actions({ A: 'y', B: 'y' }), ['Enforce  validation', 'Warn K validation']);
});

t.test('a rule sees the values that lockstep writes', async (t) => {
  const policy = aPolicy('cel', {
    keys: { A: {}, U: { derive: { template: '${A}-x' } } },
    validations: [{ expression: 'data.U == data.A + "-x"', message: 'must follow' }],
  });
  const request = aCreate({ A: 'a' });
  t.same(writtenValues(mutated(request, [policy])), { U: 'a-x' });
  t.same(validated(request, [policy]).findings, []);
});

t.test('no finding holds a value', async (t) => {
  const policies = [
    withKey({ validations: [SHORT, { expression: 'int(self) > 0', message: 'must be positive' }] }),
  ];
  t.notMatch(JSON.stringify(validated(aCreate({ K: GOOD.password }), policies)), GOOD.password.slice(0, 6));
});

t.test('a policy with a rule that can not be used is refused, with its field', async (t) => {
  const problems = (spec: object): readonly string[] => {
    const compiled = compilePolicy(aPolicyObject(spec));
    return 'problems' in compiled
      ? compiled.problems.map(({ path, message }) => `${pathText(path)}: ${message}`)
      : [];
  };
  const key = (expression: string, entry: object = {}) => ({
    keys: { A: { validations: [{ expression, message: 'm' }], ...entry } },
  });
  const rule = { expression: 'self != "a"', message: 'm' };
  for (const [spec, expected] of [
    [key('self != "a"', { default: 'b', enum: ['b', 'c'] }), []],
    [key('self.matches("^[A-Za-z0-9]+$")', { generate: { length: 32 } }), []],
    [key('self =='), [/^spec\.keys\.A\.validations\[0\]\.expression: is no CEL expression/]],
    [key('false'), [/validations\[0\]\.expression: can never be true: correct the expression/]],
    [key('self != "b"', { default: 'b' }), [/^spec\.keys\.A\.default: breaks a rule/]],
    [key('self != "b"', { enum: ['a', 'b'] }), [/^spec\.keys\.A\.enum\[1\]: breaks a rule/]],
    [key('self.size() < 8', { generate: { length: 32 } }), [/^spec\.keys\.A\.generate: makes values/]],
    [key('self.contains("-")', { generate: { length: 32 } }), [/^spec\.keys\.A\.generate: makes values/]],
    [key(`self != "${'a'.repeat(1024)}"`), [/expression: is too long: write at most 1024/]],
    [{ keys: { A: { validations: [{ expression: 'self != "a"' }] } } }, [/message: is missing/]],
    [{ keys: { A: { validations: Array(9).fill(rule) } } }, [/validations: has too many entries: at most 8/]],
    [
      {
        keys: Object.fromEntries(
          Array.from({ length: 400 }, (_, index) => [
            `K${index}`,
            { validations: [{ ...rule, expression: `self.matches("${index}")` }] },
          ]),
        ),
      },
      [/^spec\.keys\.K\d+\.validations\[0\]\.expression: is too costly, .*: split it into several policies$/],
    ],
    [
      {
        keys: Object.fromEntries(
          Array.from({ length: 60 }, (_, index) => [
            `K${index}`,
            {
              enum: Array.from({ length: 64 }, (_, one) => `${'a'.repeat(250)}${one}`),
              validations: [{ ...rule, expression: 'self.split("").all(c, self.contains(c))' }],
            },
          ]),
        ),
      },
      [/^spec\.keys\.K\d+\.validations: is too costly/],
    ],
    [
      { keys: { A: {} }, validations: [{ expression: 'data.B != ""', message: 'm' }] },
      [/^spec\.validations\[0\]\.expression: names B, which is not under keys/],
    ],
    [
      { keys: { A: {} }, validations: [{ expression: 'data.__proto__ != ""', message: 'm' }] },
      [/names __proto__, which is not under keys/],
    ],
    [
      { keys: { A: {} }, validations: [{ expression: 'data.all(a, data.all(b, a == b))', message: 'm' }] },
      [/^spec\.validations\[0\]\.expression: has a loop inside a loop/],
    ],
  ] as const)
    t.match(problems(spec), expected, JSON.stringify(spec).slice(0, 100));
});
