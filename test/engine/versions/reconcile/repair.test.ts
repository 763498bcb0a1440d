import t from 'tap';
import { auditStored } from '../../../../src/engine/diagnosis/audit/stored.ts';
import type { Policy } from '../../../../src/engine/policy/policy.ts';
import { permissionsFor } from '../../../../src/engine/review/own-writes/permissions.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import { healingChanges, requestedCorrections } from '../../../../src/engine/versions/reconcile/repair.ts';
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

const DRIFTED = { ...STORY, POSTGRES_PASSWORD: GOOD.other, DATABASE_URL: STORY_URL };
const ALWAYS = withHeal('Always');

function healed(secret: Secret, policies: readonly Policy[] = ALWAYS): Record<string, string | undefined> {
  const mandate = permissionsFor(secret, undefined, policies, testContext);
  const changes = healingChanges(mandate, undefined, testContext);
  return Object.fromEntries(changes.map(({ key, value }) => [key, value.withPlaintext(({ text }) => text)]));
}

t.test('heals a derived key that has drifted', async (t) => {
  t.same(healed(aSecret(DRIFTED)), { DATABASE_URL: STORY_URL.replace(GOOD.password, GOOD.other) });
});

t.test('changes no key that agrees', async (t) => {
  t.same(healed(aSecret({ ...STORY, DATABASE_URL: STORY_URL })), {});
});

t.test('changes no base key, even if the webhook would normalise it', async (t) => {
  const password = `${GOOD.other}\n`;
  t.notOk('POSTGRES_PASSWORD' in healed(aSecret({ ...DRIFTED, POSTGRES_PASSWORD: password })));
});

t.test('derives nothing from a placeholder', async (t) => {
  t.same(healed(aSecret({ ...DRIFTED, POSTGRES_PASSWORD: 'CHANGE_ME_please' })), {});
});

t.test('heals a key despite older findings of other keys', async (t) => {
  const derive = (template: string) => ({ derive: { template } });
  const policies = [
    aPolicy('healing', { heal: 'Always', keys: { BASE: {}, SIGNED: derive('s(${BASE})') } }),
    aPolicy('judging', { keys: { SIGNED: {}, TOKEN: { ...derive('t(${SIGNED})'), required: true } } }),
  ];
  t.same(healed(aSecret({ BASE: GOOD.key, SIGNED: 'stale' }), policies), { SIGNED: `s(${GOOD.key})` });
});

t.test('makes no correction that would be refused', async (t) => {
  const policy = aPolicy('app', {
    heal: 'Always',
    keys: {
      BASE: {},
      SIGNED: { derive: { template: 's-${BASE}' }, minLength: 20 },
    },
  });
  const stale = aSecret({ BASE: 'short', SIGNED: 'long-enough-for-the-policy' });
  const { decision } = auditStored(permissionsFor(stale, undefined, [policy], testContext), testContext);
  t.match(decision.findings, [{ rule: 'mismatch' }], 'that it is reported shows that it is not made');
  t.same(healed(stale, [policy]), {}, 'it would be too short');
  t.same(healed(aSecret({ BASE: GOOD.key, SIGNED: 'long-enough-for-the-policy' }), [policy]), {
    SIGNED: `s-${GOOD.key}`,
  });
});

t.test('makes a correction that only causes a warning', async (t) => {
  const SIGNED = { derive: { template: 's-${BASE}' }, minLength: 20, action: 'Warn' };
  const policy = aPolicy('app', { heal: 'Always', keys: { BASE: {}, SIGNED } });
  const stale = aSecret({ BASE: 'short', SIGNED: 'long-enough-for-the-policy' });
  t.same(healed(stale, [policy]), { SIGNED: 's-short' });
});

t.test('heal Off corrects nothing, and Drift only keys that agreed before', async (t) => {
  t.same(healed(aSecret(DRIFTED), withHeal('Off')), {});
  t.same(healed(aSecret(DRIFTED), withHeal('Drift')), {});
});

t.test('the built-in policy reconciliation has heal Drift, and the others Off', async (t) => {
  for (const { name, heal } of builtins) t.equal(heal, name === 'reconciliation' ? 'Drift' : 'Off', name);
});

t.test('changes no key with action Audit', async (t) => {
  const keys = {
    BASE: {},
    ONE: { derive: { template: '1-${BASE}' }, action: 'Audit' },
    TWO: { derive: { template: '2-${BASE}' } },
  };
  const stale = aSecret({ BASE: 'x', ONE: 'stale', TWO: 'stale' });
  t.same(healed(stale, [aPolicy('app', { heal: 'Always', keys })]), { TWO: '2-x' });
  t.same(
    healed(stale, [aPolicy('app', { heal: 'Always', action: 'Audit', keys: { BASE: {}, ONE: keys.ONE } })]),
    {},
  );
});

t.test('does not heal a key with an exception', async (t) => {
  const exception = {
    namespace: 'recon',
    name: 'reconciliation-secrets',
    keys: new Set(['DATABASE_URL']),
    reason: 'OPS-1',
    until: '2099-01-01',
  };
  const policies = ALWAYS.map((policy) => ({ ...policy, exceptions: [exception] }));
  t.same(healed(aSecret(DRIFTED), policies), {});
});

for (const [what, rest] of [
  ['immutable', { immutable: true }],
  ['owned by another controller', { controller: 'ExternalSecret/app' }],
  ['owned by a label', { labels: new Map([['cnpg.io/cluster', 'db']]) }],
  ['about to be deleted', { deleting: true }],
  ['in a namespace of the system', { namespace: 'kube-system' }],
  ['a record', { type: 'lockstep.dev/record' }],
] as const)
  t.test(`a Secret that is ${what} is left`, async (t) => {
    const secret = aSecret(DRIFTED, rest);
    t.same(healed(secret), {});
    const mandate = permissionsFor(secret, undefined, ALWAYS, testContext);
    t.equal(mandate.mayHeal, false);
    t.same(requestedCorrections(mandate, testContext), [], 'also where a person asks');
  });

t.test('corrects any derived key on request, except those with an exception', async (t) => {
  const asked = (policies: readonly Policy[]) =>
    requestedCorrections(permissionsFor(aSecret(DRIFTED), undefined, policies, testContext), testContext).map(
      ({ key }) => key,
    );
  t.same(asked(withHeal('Off')), ['DATABASE_URL']);
  const warning = { ...testContext, maxAction: 'Warn' } as const;
  const underWarn = permissionsFor(aSecret(DRIFTED), undefined, ALWAYS, warning);
  t.match(requestedCorrections(underWarn, warning), [{ key: 'DATABASE_URL' }], 'below Enforce too');
  t.same(healingChanges(underWarn, undefined, warning), [], 'where the controller corrects nothing');
  const keys = new Set(['DATABASE_URL']);
  const exception = { namespace: '*', name: '*', keys, reason: 'OPS-1', until: '2099-01-01' };
  t.same(asked(builtins.map((policy) => ({ ...policy, exceptions: [exception] }))), []);
});

t.test('writes nothing under the maximum action Warn or Audit, and keeps versions under Warn', async (t) => {
  const policy = aPolicy('app', {
    heal: 'Always',
    restart: true,
    keys: { TOKEN: { generate: { bytes: 32 } } },
  });
  const annotations = new Map([['lockstep.dev/generate', 'true']]);
  const of = (maxAction: 'Enforce' | 'Warn' | 'Audit') => {
    const secret = aSecret({ TOKEN: GOOD.key }, { annotations });
    const { mayWrite, mayHeal, mayGenerate, mayRestart, isManaged } = permissionsFor(
      secret,
      undefined,
      [policy],
      {
        ...testContext,
        maxAction,
      },
    );
    return { mayWrite, mayHeal, mayGenerate, mayRestart, isManaged };
  };
  const none = { mayWrite: false, mayHeal: false, mayGenerate: false, mayRestart: false };
  t.same(of('Enforce'), {
    mayWrite: true,
    mayHeal: true,
    mayGenerate: true,
    mayRestart: true,
    isManaged: true,
  });
  t.same(of('Warn'), { ...none, isManaged: true });
  t.same(of('Audit'), { ...none, isManaged: false });
});

t.test('a Secret is managed only if lockstep may act on it', async (t) => {
  const of = (spec: object, rest = {}): boolean =>
    permissionsFor(aSecret({ TOKEN: GOOD.key }, rest), undefined, [aPolicy('app', spec)], testContext)
      .isManaged;
  const generated = { keys: { TOKEN: { generate: { bytes: 32 } } } };
  const asked = { annotations: new Map([['lockstep.dev/generate', 'true']]) };
  t.equal(of({ keys: { TOKEN: {} } }), false);
  t.equal(of({ heal: 'Off', keys: { TOKEN: {} } }), false);
  t.equal(of({ heal: 'Drift' }), true);
  t.equal(of({ heal: 'Always' }), true);
  t.equal(of({ restart: true }), true);
  t.equal(of({ restart: true, action: 'Audit' }), false, 'what only records restarts nobody');
  t.equal(of(generated), false, 'nobody has asked for values');
  t.equal(of(generated, asked), true);
  t.equal(of({ ...generated, action: 'Audit' }, asked), false, 'what only records makes none');
  t.equal(of({ keys: { TOKEN: {} } }, asked), false, 'no policy says how they are made');
  t.equal(of({ restart: true }, { immutable: true }), true, 'its consumers may be restarted');
});
