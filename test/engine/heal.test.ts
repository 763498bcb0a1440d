import t from 'tap';
import { healing } from '../../src/engine/heal.ts';
import { mandateOver } from '../../src/engine/mandate.ts';
import type { Policy } from '../../src/engine/policy.ts';
import type { Secret } from '../../src/engine/secret.ts';
import { aPolicy, around, aSecret, builtins, GOOD, STORY, STORY_URL } from '../helpers/engine.ts';

const DRIFTED = { ...STORY, POSTGRES_PASSWORD: GOOD.other, DATABASE_URL: STORY_URL };

function healed(secret: Secret, policies: readonly Policy[] = builtins): Record<string, string | undefined> {
  const mandate = mandateOver(secret, undefined, policies, 'lockstep-system');
  const changes = healing(mandate, around);
  return Object.fromEntries(changes.map(({ key, value }) => [key, value.look(({ text }) => text)]));
}

t.test('a derived key that has left its base keys follows them again', async (t) => {
  t.same(healed(aSecret(DRIFTED)), { DATABASE_URL: STORY_URL.replace(GOOD.password, GOOD.other) });
});

t.test('what agrees is left', async (t) => {
  t.same(healed(aSecret({ ...STORY, DATABASE_URL: STORY_URL })), {});
});

t.test('base keys are what they are, even where admission would mend them', async (t) => {
  const password = `${GOOD.other}\n`;
  t.notOk('POSTGRES_PASSWORD' in healed(aSecret({ ...DRIFTED, POSTGRES_PASSWORD: password })));
});

t.test('nothing is derived from a placeholder', async (t) => {
  t.same(healed(aSecret({ ...DRIFTED, POSTGRES_PASSWORD: 'CHANGE_ME_please' })), {});
});

t.test(
  'what was wrong before, and is nothing that heal may mend, does not hold up what it may',
  async (t) => {
    const derive = (template: string) => ({ derive: { template } });
    const policies = [
      aPolicy('healing', { heal: true, keys: { BASE: {}, SIGNED: derive('s(${BASE})') } }),
      aPolicy('judging', { keys: { SIGNED: {}, TOKEN: { ...derive('t(${SIGNED})'), required: true } } }),
    ];
    t.same(healed(aSecret({ BASE: GOOD.key, SIGNED: 'stale' }), policies), { SIGNED: `s(${GOOD.key})` });
  },
);

t.test('a policy that does not say heal changes nothing', async (t) => {
  const policies = builtins.map((policy) => ({ ...policy, heal: false }));
  t.same(healed(aSecret(DRIFTED), policies), {});
});

t.test('an exception lets be what has drifted', async (t) => {
  const exception = {
    namespace: 'recon',
    name: 'reconciliation-secrets',
    keys: new Set(['DATABASE_URL']),
    reason: 'OPS-1',
    until: '2099-01-01',
  };
  const policies = builtins.map((policy) => ({ ...policy, exceptions: [exception] }));
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
    t.equal(mandateOver(secret, undefined, builtins, 'lockstep-system').heals, false);
  });

t.test('owned Secrets are left even where admission may change them', async (t) => {
  const policies = builtins.map((policy) => ({ ...policy, mutateOwned: true }));
  t.same(healed(aSecret(DRIFTED, { controller: 'ExternalSecret/app' }), policies), {});
});

t.test('a Secret is managed where something may come to be done with it, and not else', async (t) => {
  const of = (spec: object, rest = {}): boolean =>
    mandateOver(aSecret({ TOKEN: GOOD.key }, rest), undefined, [aPolicy('app', spec)], 'lockstep-system')
      .isManaged;
  const generated = { keys: { TOKEN: { generate: { bytes: 32 } } } };
  const asked = { annotations: new Map([['lockstep.dev/generate', 'true']]) };
  t.equal(of({ keys: { TOKEN: {} } }), false);
  t.equal(of({ heal: true }), true);
  t.equal(of({ restart: true }), true);
  t.equal(of(generated), false, 'nobody has asked for values');
  t.equal(of(generated, asked), true);
  t.equal(of({ keys: { TOKEN: {} } }, asked), false, 'no policy says how they are made');
  t.equal(of({ restart: true }, { immutable: true }), true, 'its consumers may be restarted');
});
