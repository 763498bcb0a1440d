import { deepStrictEqual } from 'node:assert';
import t from 'tap';
import { decide, mutateSecret, validateSecret } from '../../../src/engine/decide/decide.ts';
import { matchingPolicies } from '../../../src/engine/policy/match.ts';
import type { Policy } from '../../../src/engine/policy/policy.ts';
import { policySet } from '../../../src/engine/policy/set.ts';
import type { Request, Secret } from '../../../src/engine/secret/secret.ts';
import { anyRequest } from '../../helpers/engine/arbitrary.ts';
import {
  aCreate,
  aPolicy,
  aSecret,
  builtins,
  testContext,
  writtenValues,
} from '../../helpers/engine/engine.ts';
import { fc } from '../../helpers/property.ts';

// Few letters, so random texts often match. Globs read a surrogate pair one half at a time.
const text = fc.string({ unit: fc.constantFrom('a', 'b', '-', '\ud83d', '\ude00'), maxLength: 5 });
const glob = fc
  .string({ unit: fc.constantFrom('a', 'b', '-', '*', '?', '\ud83d', '\ude00'), minLength: 1, maxLength: 5 })
  .filter((one) => one !== '');
const globs = fc.array(glob, { minLength: 1, maxLength: 3 });
const keyName = fc.constantFrom('A', 'B', 'C', 'D');
const keyNames = fc.array(keyName, { minLength: 1, maxLength: 3 });
const label = fc.constantFrom('x', 'y');
const selector = fc.record(
  {
    matchLabels: fc.dictionary(label, label, { maxKeys: 2 }),
    matchExpressions: fc.array(
      fc.record({
        key: label,
        operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
        values: fc.array(label, { maxLength: 2 }),
      }),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
);
const match = fc.record(
  {
    names: globs,
    namespaces: globs,
    types: globs,
    hasKeys: keyNames,
    hasAnyKey: keyNames,
    labelSelector: selector,
    namespaceSelector: selector,
  },
  { requiredKeys: [] },
);
const plain = aPolicy('plain', {});
// Without the schema, which accepts only possible names.
const policies = fc
  .array(fc.record({ match, precedence: fc.integer({ min: -1, max: 1 }) }), { maxLength: 12 })
  .map((all) => all.map((one, index): Policy => ({ ...plain, ...one, name: `p${index}` })));

const labels = fc.dictionary(label, label, { maxKeys: 2 }).map((found) => new Map(Object.entries(found)));
const secret: fc.Arbitrary<Secret> = fc
  .record({
    name: text,
    generateName: text,
    namespace: text,
    type: text,
    labels,
    keys: fc.array(keyName, { maxLength: 3 }),
  })
  .map(({ keys, ...rest }) => aSecret(Object.fromEntries(keys.map((key) => [key, 'x'])), rest));
const small: fc.Arbitrary<Request> = fc
  .record({
    secret,
    old: fc.option(secret, { nil: undefined }),
    namespaceLabels: fc.option(labels, { nil: undefined }),
  })
  .map((one) => ({ ...one, operation: one.old === undefined ? 'CREATE' : 'UPDATE', username: 'jane' }));

const namesOf = (found: readonly Policy[]): readonly string[] => found.map(({ name }) => name);

t.test('a set finds the same policies as a full search, in the same order', async () => {
  fc.assert(
    fc.property(small, policies, (one, all) => {
      deepStrictEqual(namesOf(matchingPolicies(one, policySet(all))), namesOf(matchingPolicies(one, all)));
    }),
    { numRuns: 3000 },
  );
});

t.test('a set decides like the list of its policies', async () => {
  const set = policySet(builtins);
  fc.assert(
    fc.property(anyRequest, (one) => {
      for (const step of [decide, validateSecret, mutateSecret]) {
        const [indexed, linear] = [step(one, set, testContext), step(one, builtins, testContext)];
        deepStrictEqual(indexed, linear);
        deepStrictEqual(writtenValues(indexed), writtenValues(linear));
      }
    }),
    { numRuns: 300 },
  );
});

t.test("skips a policy that can't select the Secret", async (t) => {
  const candidates = (specs: Readonly<Record<string, object>>, one: Request): readonly string[] => {
    const all = Object.entries(specs).map(([name, spec]) => aPolicy(name, { match: spec }));
    return namesOf(policySet(all).candidates(one));
  };
  const app = aCreate(
    { TOKEN: 'x' },
    { name: 'app', namespace: 'team-1', labels: new Map([['tier', 'web']]) },
  );
  t.strictSame(candidates({ a: { names: ['other'] }, b: { names: ['app'] }, c: {} }, app), ['b', 'c']);
  t.strictSame(
    candidates({ a: { names: ['ap-*'] }, b: { names: ['x*', 'a*'] }, c: { names: ['*pp'] } }, app),
    ['b', 'c'],
  );
  t.strictSame(candidates({ a: { hasKeys: ['KEY'] }, b: { hasAnyKey: ['KEY', 'TOKEN'] } }, app), ['b']);
  t.strictSame(candidates({ a: { types: ['kubernetes.io/*'] }, b: { types: ['Opaque'] } }, app), ['b']);
  const tier = (value: string) => ({ labelSelector: { matchLabels: { tier: value } } });
  t.strictSame(candidates({ a: tier('db'), b: tier('web') }, app), ['b']);
  const ofTeam = (team: string) => ({
    namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'In', values: [team] }] },
  });
  const inTeam = { ...app, namespaceLabels: new Map([['team', 'blue']]) };
  t.strictSame(candidates({ a: ofTeam('red'), b: ofTeam('blue') }, inTeam), ['b']);
});

t.test('ignores an anchor that many policies share', async (t) => {
  const all = Array.from({ length: 100 }, (_, team) =>
    aPolicy(`team-${team}`, { match: { names: ['app-secrets'], namespaces: [`team-${team}`] } }),
  );
  const one = aCreate({}, { name: 'app-secrets', namespace: 'team-7' });
  t.strictSame(namesOf(policySet(all).candidates(one)), ['team-7']);
});
