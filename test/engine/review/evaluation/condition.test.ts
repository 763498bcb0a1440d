import t from 'tap';
import { compilePolicy } from '../../../../src/engine/policy/compile/compile.ts';
import { pathText } from '../../../../src/engine/policy/schema/problem.ts';
import { aPolicyObject } from '../../../helpers/admission/policy-review.ts';
import {
  aCreate,
  anUpdate,
  aPolicy,
  GOOD,
  mutated,
  reportedFindings,
  validated,
} from '../../../helpers/engine/engine.ts';

const mail = (when: object, entry: object = { required: true }, more: object = {}) =>
  aPolicy('mail', { keys: { MODE: { aliases: ['mode'] }, KEY: { ...entry, when }, ...more } });

t.test('an entry applies if its condition holds', async (t) => {
  for (const [when, data, applies] of [
    [{ is: 'smtp' }, { MODE: 'smtp' }, true],
    [{ is: 'smtp' }, { mode: 'smtp' }, true],
    [{ is: 'smtp' }, { MODE: 'smtp\n' }, true],
    [{ is: 'smtp' }, { MODE: '"smtp"' }, true],
    [{ is: 'smtp' }, { MODE: 'smtps' }, false],
    [{ is: 'smtp' }, { MODE: 'SMTP' }, false],
    [{ is: 'smtp' }, { MODE: '' }, false],
    [{ is: 'smtp' }, { X: '' }, false],
    [{ is: 'smtp' }, { MODE: 'smtp'.repeat(100_000) }, false],
    [{ is: 'smtp' }, { MODE: new Uint8Array([0xff]) }, false],
    [{ isNot: 'smtp' }, { MODE: 'smtp' }, false],
    [{ isNot: 'smtp' }, { MODE: 'other' }, true],
    [{ isNot: 'smtp' }, { MODE: new Uint8Array([0xff]) }, true],
    [{ isNot: 'smtp' }, { MODE: '' }, true],
    [{ isNot: 'smtp' }, { X: '' }, true],
    [{ present: true }, { MODE: 'x' }, true],
    [{ present: true }, { MODE: '' }, false],
    [{ present: true }, { X: '' }, false],
    [{ present: false }, { MODE: 'x' }, false],
    [{ present: false }, { MODE: '' }, true],
    [{ present: false }, { X: '' }, true],
  ] as const) {
    const findings = validated(aCreate(data), [mail({ key: 'MODE', ...when })]).findings;
    t.same(
      findings.map(({ rule, key }) => `${key} ${rule}`).filter((one) => one.startsWith('KEY')),
      applies ? ['KEY required'] : [],
      JSON.stringify([when, data]),
    );
  }
});

t.test('lockstep normalises, generates and derives only where the condition holds', async (t) => {
  const derived = mail({ key: 'MODE', is: 'smtp' }, { derive: { template: '${USER}-x' } }, { USER: {} });
  const write = (data: object) =>
    mutated(aCreate({ USER: 'app', ...data }), [derived]).changes.map(({ key }) => key);
  t.same(write({ MODE: 'smtp' }), ['KEY']);
  t.same(write({ MODE: 'smtp\n' }), ['MODE', 'KEY']);
  t.same(write({ MODE: 'other' }), []);
});

t.test('another policy decides about a key whose condition does not hold', async (t) => {
  const strict = mail({ key: 'MODE', is: 'smtp' }, { minLength: 64 });
  const other = aPolicy('other', { precedence: -10, keys: { KEY: { maxLength: 3 } } });
  const rules = (MODE: string) =>
    validated(aCreate({ MODE, KEY: GOOD.password }), [strict, other]).findings.map(
      ({ rule, policy }) => `${rule} ${policy}`,
    );
  t.same(rules('smtp'), ['min-length mail']);
  t.same(rules('local'), ['max-length other']);
});

t.test('an update of the key that the condition reads is refused for the fault that it adds', async (t) => {
  const policies = [mail({ key: 'MODE', is: 'smtp' }, { minLength: 64 })];
  const KEY = GOOD.password;
  const actions = (before: string, after: string) =>
    validated(anUpdate({ MODE: before, KEY }, { MODE: after, KEY }), policies).findings.map(
      ({ action }) => action,
    );
  t.same(actions('local', 'smtp'), ['Enforce']);
  t.same(actions('smtp', 'local'), []);
});

t.test('a policy with a condition that depends on other rules is refused', async (t) => {
  const problems = (keys: object): readonly string[] => {
    const compiled = compilePolicy(aPolicyObject({ keys }));
    return 'problems' in compiled
      ? compiled.problems.map(({ path, message }) => `${pathText(path)}: ${message}`)
      : [];
  };
  for (const [keys, expected] of [
    [{ A: { when: { key: 'B', is: 'x' } }, B: {} }, []],
    [{ A: { when: { key: 'B', is: 'x' } } }, [/^spec\.keys\.A\.when\.key: is not under keys/]],
    [{ A: { when: { key: 'A', is: 'x' } } }, [/is the key itself/]],
    [{ A: { when: { key: 'B' } }, B: {} }, [/^spec\.keys\.A\.when: needs one of/]],
    [{ A: { when: { key: 'B', is: 'x', isNot: 'y' } }, B: {} }, [/needs one of/]],
    [{ A: { when: { key: 'B', is: 'x' } }, B: { generate: { length: 32 } } }, [/is derived or generated/]],
    [
      { A: { when: { key: 'B', is: 'x' } }, B: { derive: { template: '${A}' } } },
      [/is derived or generated/],
    ],
    [{ A: { when: { key: 'B', present: false } }, B: { required: true } }, [/is never absent/]],
    [
      { A: { when: { key: 'B', is: 'x' } }, B: { when: { key: 'A', is: 'x' } } },
      [/has a condition itself/, /has a condition itself/],
    ],
    [{ A: { when: { key: '__proto__', is: 'x' } } }, [/not under keys/]],
    [{ A: { when: { key: 'constructor', is: 'x' } } }, [/not under keys/]],
    [{ A: { when: { key: 'B', is: 'x\ny' } }, B: {} }, [/line break/]],
  ] as const)
    t.match(problems(keys), expected, JSON.stringify(keys));
});

t.test('no value is in the findings of a condition', async (t) => {
  const findings = validated(aCreate({ MODE: 'smtp' }), [mail({ key: 'MODE', is: 'smtp' })]).findings;
  t.notMatch(JSON.stringify(reportedFindings({ findings } as never)), 'smtp');
});
