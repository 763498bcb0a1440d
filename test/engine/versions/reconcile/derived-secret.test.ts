import t from 'tap';
import type { Policy } from '../../../../src/engine/policy/policy.ts';
import { permissionsFor } from '../../../../src/engine/review/own-writes/permissions.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import { planDerivedSecret } from '../../../../src/engine/versions/reconcile/derived-secret.ts';
import {
  aPolicy,
  aSecret,
  builtins,
  GOOD,
  STORY,
  STORY_URL,
  testContext,
  withHeal,
} from '../../../helpers/engine/engine.ts';

const ASKS = new Map([['lockstep.dev/derived-secret', 'true']]);

const anOwned = (data: Record<string, string> = STORY, different: Partial<Secret> = {}): Secret => ({
  ...aSecret(data, { controller: 'ExternalSecret/app', annotations: ASKS }),
  ...different,
});

const aSibling = (data: Record<string, string>, different: Partial<Secret> = {}): Secret => ({
  ...aSecret(data, {
    name: 'reconciliation-secrets-derived',
    labels: new Map([['lockstep.dev/derived', 'true']]),
    annotations: new Map([['lockstep.dev/derived-from', 'reconciliation-secrets']]),
  }),
  ...different,
});

function planned(secret: Secret, sibling?: Secret, policies: readonly Policy[] = builtins) {
  const plan = planDerivedSecret(
    permissionsFor(secret, undefined, policies, testContext),
    sibling,
    testContext,
  );
  if (plan.kind !== 'write') return plan;
  const data = [...plan.data].map(([key, value]) => [key, value.withPlaintext(({ text }) => text)]);
  return { kind: 'write', data: Object.fromEntries(data) };
}

t.test('puts derived keys into a derived Secret if the Secret is owned', async (t) => {
  t.same(planned(anOwned()), { kind: 'write', data: { DATABASE_URL: STORY_URL } });
  t.same(planned(anOwned(), aSibling({ DATABASE_URL: STORY_URL })), { kind: 'leave' });
});

t.test('a derived Secret follows its base keys, whatever it held before', async (t) => {
  const stale = STORY_URL.replace(GOOD.password, GOOD.other);
  t.match(planned(anOwned(), aSibling({ DATABASE_URL: stale })), { data: { DATABASE_URL: STORY_URL } });
  t.match(planned(anOwned({ ...STORY, DATABASE_URL: stale })), { data: { DATABASE_URL: STORY_URL } });
  t.same(planned(anOwned(), aSibling({ DATABASE_URL: STORY_URL, STRAY: 'x' })), {
    kind: 'write',
    data: { DATABASE_URL: STORY_URL },
  });
});

t.test('creates no derived Secret without a request', async (t) => {
  t.same(planned(anOwned(STORY, { annotations: new Map() })), { kind: 'leave' });
  t.same(
    planned(anOwned(STORY, { controller: undefined })),
    { kind: 'leave' },
    'its own Secret is healed itself',
  );
  const judging = builtins.filter(({ name }) => name === 'no-placeholders');
  t.same(planned(anOwned(), undefined, judging), { kind: 'leave' }, 'no policy says how');
  t.same(planned(anOwned(STORY, { namespace: 'kube-system' })), { kind: 'leave' });
});

t.test('the annotation requests it whatever heal says, and action Audit prevents it', async (t) => {
  t.match(planned(anOwned(), undefined, withHeal('Off')), { data: { DATABASE_URL: STORY_URL } });
  const audited = builtins.map((policy) => ({
    ...policy,
    keys: policy.keys.map((entry) => ({ ...entry, action: 'Audit' as const })),
  }));
  t.same(planned(anOwned(), undefined, audited), { kind: 'leave' });
});

t.test('changes no derived Secret below the maximum action Enforce', async (t) => {
  const unasked = anOwned(STORY, { annotations: new Map() });
  for (const maxAction of ['Warn', 'Audit'] as const) {
    const plan = (secret: Secret, sibling?: Secret) =>
      planDerivedSecret(permissionsFor(secret, undefined, builtins, testContext), sibling, {
        ...testContext,
        maxAction,
      });
    t.same(plan(anOwned()), { kind: 'leave' });
    t.same(plan(anOwned(), aSibling({ DATABASE_URL: 'stale' })), { kind: 'leave' });
    t.same(plan(unasked, aSibling({ DATABASE_URL: STORY_URL })), { kind: 'leave' });
  }
});

t.test('removes a derived Secret of lockstep that nobody requests any more', async (t) => {
  const unasked = anOwned(STORY, { annotations: new Map() });
  t.same(planned(unasked, aSibling({ DATABASE_URL: STORY_URL })), { kind: 'remove' });
  t.same(planned(unasked, aSibling({ DATABASE_URL: STORY_URL }, { deleting: true })), { kind: 'leave' });
  t.same(planned(unasked, aSibling({ OWN: 'x' }, { labels: new Map() })), { kind: 'leave' });
});

t.test('refuses to write a Secret of that name that is foreign or immutable', async (t) => {
  const of = (different: Partial<Secret>) => planned(anOwned(), aSibling({ OWN: 'x' }, different));
  t.match(of({ labels: new Map() }), { kind: 'refused', reason: /somebody else's/ });
  t.match(of({ annotations: new Map([['lockstep.dev/derived-from', 'another']]) }), { kind: 'refused' });
  t.match(of({ immutable: true }), { kind: 'refused', reason: /is immutable/ });
  t.same(of({ deleting: true }), { kind: 'leave' });
  const everything = aPolicy('all', {
    match: { names: ['*'] },
    keys: { A: {}, B: { derive: { template: '${A}' } } },
  });
  const long = anOwned({ A: 'x' }, { name: 'n'.repeat(250) });
  t.match(planned(long, undefined, [everything]), { kind: 'refused', reason: /too long/ });
});

t.test('computes nothing from a placeholder or a missing key, and keeps the old value', async (t) => {
  const bad = anOwned({ ...STORY, POSTGRES_PASSWORD: 'CHANGE_ME' });
  t.same(planned(bad), { kind: 'leave' });
  t.same(planned(bad, aSibling({ DATABASE_URL: STORY_URL })), { kind: 'leave' });
  const { POSTGRES_PASSWORD: _, ...rest } = STORY;
  t.same(planned(anOwned(rest), aSibling({ DATABASE_URL: STORY_URL })), { kind: 'leave' });
});

t.test('does not compute a key with an exception', async (t) => {
  const policy = aPolicy('app', {
    match: { names: ['*'] },
    keys: { A: {}, B: { derive: { template: 'b-${A}' } }, C: { derive: { template: 'c-${A}' } } },
    exceptions: [{ namespace: '*', name: '*', keys: ['B'], reason: 'OPS-1', until: '2099-01-01' }],
  });
  t.same(planned(anOwned({ A: 'x' }), undefined, [policy]), { kind: 'write', data: { C: 'c-x' } });
});
