import t from 'tap';
import {
  floorBehind as examine,
  type FloorFacts,
} from '../../../../src/engine/diagnosis/cluster-checks/floor.ts';

const MAIN = { name: 'lockstep-floor', digest: 'a' };
const WARN = { name: 'lockstep-floor-warn', digest: 'b' };

const webhooks = (failurePolicy: string) => ({
  kind: 'found' as const,
  fact: ['mutate.lockstep.dev', 'validate.lockstep.dev'].map((name) => ({
    name,
    failurePolicy: name.startsWith('validate') ? failurePolicy : 'Ignore',
    hasCaBundle: true,
  })),
});
const floorBehind = (one: FloorFacts, configured: Parameters<typeof examine>[1] = webhooks('Ignore')) =>
  examine(one, configured);

const facts = (different: Partial<FloorFacts> = {}): FloorFacts => ({
  isSupported: true,
  stored: [MAIN, WARN],
  expected: [MAIN, WARN],
  ...different,
});

t.test('accepts the floor of the policies', async (t) => {
  t.match(floorBehind(facts()), { outcome: 'ok', names: [] });
});

t.test('claims nothing about an API server without admission policies', async (t) => {
  t.match(floorBehind(facts({ isSupported: false, stored: [] })), { outcome: 'unknown', fix: /1\.30/ });
});

t.test('warns about a missing floor', async (t) => {
  t.match(floorBehind(facts({ stored: [] })), { outcome: 'warning', message: /no floor/, names: [] });
});

t.test('without a floor, a placeholder is refused or not by the failure policy of the webhook', async (t) => {
  const none = facts({ stored: [] });
  t.match(floorBehind(none), { outcome: 'warning', message: /refuses no placeholder/, fix: /policy floor/ });
  t.match(floorBehind(none, webhooks('Fail')), { outcome: 'ok', message: /no Secret is stored$/, fix: '' });
  t.match(floorBehind(none, { kind: 'found', fact: [] }), { outcome: 'warning' });
  t.match(floorBehind(none, { kind: 'unknown', why: 'no permission', fix: 'ask' }), {
    outcome: 'warning',
    message: /unless the webhooks fail closed/,
  });
  const outdated = facts({ stored: [{ ...MAIN, digest: 'c' }, WARN] });
  t.match(floorBehind(outdated, webhooks('Fail')), {
    outcome: 'warning',
    message: /may refuse what they accept/,
  });
});

t.test('a floor without the webhooks of lockstep is one that an uninstallation left', async (t) => {
  const left = (stored: FloorFacts['stored']) => floorBehind(facts({ stored }), { kind: 'found', fact: [] });
  t.match(left([MAIN, WARN]), {
    outcome: 'warning',
    message: /not installed/,
    fix: /kubectl delete validatingadmissionpolicies,validatingadmissionpolicybindings -l lockstep\.dev\/floor=true/,
  });
});

t.test('names each admission policy that is missing, outdated or too many', async (t) => {
  const stored = [
    { ...MAIN, digest: 'c' },
    { name: 'lockstep-floor-2', digest: 'd' },
  ];
  t.same(floorBehind(facts({ stored })).names, [
    'lockstep-floor is for other policies or settings',
    'lockstep-floor-warn is missing, or has no binding',
    'lockstep-floor-2 is no longer part of the floor: delete it',
  ]);
});
