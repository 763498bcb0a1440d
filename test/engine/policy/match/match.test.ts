import t from 'tap';

import { exemptionText, isExempt, matchingPolicies } from '../../../../src/engine/policy/match/match.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import { aCreate, anUpdate, aPolicy, testContext } from '../../../helpers/engine/engine.ts';

const matches = (
  match: unknown,
  data: Readonly<Record<string, string>> = {},
  rest: Partial<Secret> = {},
): boolean => matchingPolicies(aCreate(data, rest), [aPolicy('p', { match })]).length > 0;

t.test('an empty match selects every Secret', async (t) => {
  t.equal(matches({}), true);
});

t.test('matches names, namespaces and types as globs, and all of them must match', async (t) => {
  t.equal(matches({ names: ['x', 'recon*'] }), true);
  t.equal(matches({ names: ['recon'] }), false);
  t.equal(matches({ namespaces: ['team-?', 'recon'] }), true);
  t.equal(matches({ namespaces: ['team-*'] }), false);
  t.equal(matches({ types: ['kubernetes.io/*'] }, {}, { type: 'kubernetes.io/tls' }), true);
  t.equal(matches({ types: ['kubernetes.io/*'] }), false);
  t.equal(matches({ names: ['recon*'], namespaces: ['other'] }), false);
});

t.test('matches the generated name under generateName', async (t) => {
  const generated = { name: '', generateName: 'app-' };
  t.equal(matches({ names: ['app-*'] }, {}, generated), true);
  t.equal(matches({ names: ['app-?????'] }, {}, generated), true);
  t.equal(matches({ names: ['app-'] }, {}, generated), false);
});

t.test('hasKeys needs all keys, hasAnyKey one, and an empty value counts', async (t) => {
  t.equal(matches({ hasKeys: ['A', 'B'] }, { A: '1', B: '' }), true);
  t.equal(matches({ hasKeys: ['A', 'B'] }, { A: '1' }), false);
  t.equal(matches({ hasAnyKey: ['A', 'B'] }, { B: '1' }), true);
  t.equal(matches({ hasAnyKey: ['A', 'B'] }, { a: '1' }), false);
});

t.test('reads a label selector as the API server does', async (t) => {
  const labels = { labels: new Map([['tier', 'prod']]) };
  const expression = (key: string, operator: string, values?: readonly string[]) =>
    matches(
      { labelSelector: { matchExpressions: [{ key, operator, ...(values && { values }) }] } },
      {},
      labels,
    );
  t.equal(matches({ labelSelector: { matchLabels: { tier: 'prod' } } }, {}, labels), true);
  t.equal(matches({ labelSelector: { matchLabels: { tier: 'dev' } } }, {}, labels), false);
  t.equal(matches({ labelSelector: {} }, {}, labels), true);
  t.equal(expression('tier', 'In', ['dev', 'prod']), true);
  t.equal(expression('tier', 'NotIn', ['dev']), true);
  t.equal(expression('tier', 'NotIn', ['prod']), false);
  t.equal(expression('none', 'NotIn', ['prod']), true, 'a label that is absent is not in the list');
  t.equal(expression('none', 'In', ['prod']), false);
  t.equal(expression('tier', 'Exists'), true);
  t.equal(expression('none', 'Exists'), false);
  t.equal(expression('none', 'DoesNotExist'), true);
});

t.test('matches a namespace selector with the labels of the namespace, on UPDATE too', async (t) => {
  const prod = aPolicy('p', { match: { namespaceSelector: { matchLabels: { env: 'prod' } } } });
  const within = (env: string) => ({ namespaceLabels: new Map([['env', env]]) });
  t.equal(matchingPolicies({ ...aCreate({}), ...within('prod') }, [prod]).length, 1);
  t.equal(matchingPolicies({ ...anUpdate({}, {}), ...within('prod') }, [prod]).length, 1);
  t.equal(matchingPolicies({ ...aCreate({}), ...within('dev') }, [prod]).length, 0);
  t.equal(matchingPolicies(aCreate({}, { labels: new Map([['env', 'prod']]) }), [prod]).length, 0);
});

t.test('knows the name of a namespace without known labels', async (t) => {
  const named = (name: string) =>
    matches({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });
  t.equal(named('recon'), true);
  t.equal(named('other'), false);
});

t.test('sorts policies by precedence, then by name', async (t) => {
  const policies = [aPolicy('b', {}), aPolicy('c', { precedence: 1 }), aPolicy('a', {})];
  t.same(
    matchingPolicies(aCreate({}), policies).map(({ name }) => name),
    ['c', 'a', 'b'],
  );
});

t.test('a removed key still matches its policy on UPDATE', async (t) => {
  const policy = aPolicy('p', { match: { hasAnyKey: ['TOKEN'] } });
  t.equal(matchingPolicies(anUpdate({ TOKEN: 'x' }, {}), [policy]).length, 1);
  t.equal(matchingPolicies(anUpdate({}, {}), [policy]).length, 0);
});

t.test('only the ServiceAccounts of lockstep’s own namespace are exempt', async (t) => {
  const by = (username: string | undefined): boolean => isExempt(aCreate({}, {}, username), testContext);
  t.equal(by('system:serviceaccount:lockstep-system:lockstep-controller'), true);
  t.equal(by('system:serviceaccount:lockstep-system-2:x'), false);
  t.equal(by('system:admin'), false);
  t.equal(by(undefined), false);
});

t.test('an excluded namespace is exempt, whoever writes there', async (t) => {
  const exemptionIn = (namespace: string) =>
    exemptionText(aCreate({}, { namespace }), { ...testContext, excludedNamespaces: new Set(['legacy']) });
  t.equal(exemptionIn('legacy'), 'in an excluded namespace');
  t.equal(exemptionIn('legacy-2'), undefined);
});
