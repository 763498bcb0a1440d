import t from 'tap';
import { derivingPolicy } from '../../../src/engine/floor/derive/mutating-policy.ts';
import { aPolicy, builtins } from '../../helpers/engine/engine.ts';
import { OPTIONS } from '../../helpers/floor/floor-cluster.ts';

const shop = (spec: object) => aPolicy('shop', { match: { names: ['shop'] }, ...spec });
const reasonsOf = (spec: object) =>
  Object.fromEntries(derivingPolicy([shop(spec)], OPTIONS).leftOut.map(({ key, what }) => [key, what]));
const digestOf = (...policies: Parameters<typeof derivingPolicy>) =>
  derivingPolicy(...policies).objects[0]?.metadata.annotations?.['lockstep.dev/floor-digest'];

t.test('one MutatingAdmissionPolicy and its binding derive the keys', async (t) => {
  const { objects, derived } = derivingPolicy(builtins, OPTIONS);
  t.same(
    objects.map(({ kind, metadata }) => [kind, metadata.name, metadata.labels['lockstep.dev/floor']]),
    [
      ['MutatingAdmissionPolicy', 'lockstep-derive', 'true'],
      ['MutatingAdmissionPolicyBinding', 'lockstep-derive', 'true'],
    ],
  );
  t.match(objects[0]?.spec, { failurePolicy: 'Ignore', reinvocationPolicy: 'IfNeeded' });
  t.ok(derived.some(({ policy, key }) => policy === 'reconciliation' && key === 'DATABASE_URL'));
  // etcd stores at most about 1.5 MB.
  t.ok(JSON.stringify(objects).length < 400_000, `${JSON.stringify(objects).length}`);
});

t.test('a key that lockstep may treat in another way is left out, with the reason', async (t) => {
  t.match(
    reasonsOf({
      keys: {
        A: {},
        P: { sensitive: true },
        W: { when: { key: 'A', present: true } },
        LINES: { derive: { template: 'a=${A}\nb=${A}' } },
        NOTED: { action: 'Audit', derive: { template: '${A}' } },
        IF: { when: { key: 'A', present: true }, derive: { template: '${A}' } },
        BASE: { derive: { template: '${W}' } },
        CHAIN: { derive: { template: '${PLAIN}' } },
        PLAIN: { derive: { template: '${A}:${P}' } },
        TEXT: { derive: { template: 'ü${A}' } },
        HOSTS: { derive: { template: 'postgres://${A}:${P}@a,b/${A}' } },
        ACCOUNT: {
          derive: {
            template: 'mysql://${A}:${P}@db/x',
            accounts: [{ user: 'root', password: '${P}' }],
            addWith: ['ACCOUNT'],
          },
        },
      },
    }),
    {
      LINES: /several lines/,
      NOTED: /Audit/,
      IF: /has a condition/,
      BASE: /its base key W has a condition/,
      CHAIN: /its base key PLAIN has a condition, or is derived/,
      TEXT: /printable ASCII/,
      HOSTS: /several hosts/,
      ACCOUNT: /accounts/,
    },
  );
  t.same(reasonsOf({ keys: { A: {}, PLAIN: { derive: { template: '${A}' } } } }), {});
});

t.test('without a key to derive there are no objects', async (t) => {
  t.same(derivingPolicy([shop({ keys: { A: { required: true } } })], OPTIONS).objects, []);
  t.same(derivingPolicy(builtins, { ...OPTIONS, maxAction: 'Audit' }).objects, []);
});

t.test('the digest follows the policies and the settings', async (t) => {
  t.equal(digestOf(builtins, OPTIONS), digestOf(builtins, { ...OPTIONS, now: new Date() }));
  t.not(digestOf(builtins, OPTIONS), digestOf(builtins.slice(1), OPTIONS));
  t.not(digestOf(builtins, OPTIONS), digestOf(builtins, { ...OPTIONS, excludedNamespaces: ['x'] }));
});

t.test('hostile names of keys stay texts', async (t) => {
  const { objects } = derivingPolicy(
    [
      shop({
        keys: { __proto__: {}, 'a.b': { aliases: ['in', '-'] }, true: { derive: { template: '${a.b}' } } },
      }),
    ],
    OPTIONS,
  );
  t.match(JSON.stringify(objects), "'/data/' + 'true'");
});
