import { inspect } from 'node:util';
import t from 'tap';
import { fixedKeys, readKeys } from '../../../../src/engine/workloads/rollout/consumers.ts';
import { secretUsesOf } from '../../../../src/engine/workloads/rollout/pod-template.ts';
import { jsonFields } from '../../../../src/kube/objects/json-fields.ts';

const KEYS = ['A', 'B', 'C'];

const usesOf = (spec: object) => secretUsesOf(jsonFields(spec));

/** The keys of the Secret `app` that are read, and those whose old value is kept. */
function used(spec: object, secret = 'app') {
  const use = usesOf(spec).get(secret);
  return use && { read: readKeys(use, KEYS).join(''), kept: fixedKeys(use, KEYS).join('') };
}

const fromKey = (key: string, optional = false) => ({
  name: `X_${key}`,
  valueFrom: { secretKeyRef: { name: 'app', key, optional } },
});

const withVolume = (secret: object, ...volumeMounts: { name: string; subPath?: string }[]): object => ({
  containers: [{ volumeMounts }],
  volumes: [{ name: 'v', ...secret }],
});

t.test('an environment reads some keys or all of them, and keeps their values', async (t) => {
  t.same(used({ containers: [{ env: [fromKey('A')] }, { env: [fromKey('C', true)] }] }), {
    read: 'AC',
    kept: 'AC',
  });
  t.same(used({ containers: [{ envFrom: [{ secretRef: { name: 'app' } }] }] }), { read: 'ABC', kept: 'ABC' });
  t.equal(used({ containers: [{ envFrom: [{ secretRef: { name: 'other' } }] }] }), undefined);
});

t.test('keeps no value of an environment', async (t) => {
  const spec: object = {
    containers: [{ env: [{ name: 'PASSWORD', value: 'orchid-lantern-basalt' }, fromKey('A')] }],
  };
  t.notMatch(inspect([...usesOf(spec)], { depth: null }), 'orchid');
});

t.test('a volume is read live, whole or by its items', async (t) => {
  t.same(used(withVolume({ secret: { secretName: 'app' } }, { name: 'v' })), { read: 'ABC', kept: '' });
  const items = [{ key: 'B', path: 'keys/b.pem' }];
  t.same(used(withVolume({ secret: { secretName: 'app', items } }, { name: 'v' })), { read: 'B', kept: '' });
  t.same(used(withVolume({ secret: { secretName: 'app', items: [] } }, { name: 'v' })), {
    read: 'ABC',
    kept: '',
  });
});

t.test('a projected volume may hold several Secrets', async (t) => {
  const sources = [
    { secret: { name: 'app', items: [{ key: 'A', path: 'a' }] } },
    { secret: { name: 'other' } },
    { configMap: { name: 'app' } },
  ];
  const spec = withVolume({ projected: { sources } }, { name: 'v' });
  t.same(used(spec), { read: 'A', kept: '' });
  t.same(used(spec, 'other'), { read: 'ABC', kept: '' });
});

t.test('a volume that no container mounts is not read', async (t) => {
  t.equal(used(withVolume({ secret: { secretName: 'app' } })), undefined);
});

t.test('a subPath mount is one file, and keeps its value', async (t) => {
  const whole = { secret: { secretName: 'app' } };
  t.same(used(withVolume(whole, { name: 'v', subPath: 'B' })), { read: 'B', kept: 'B' });
  const items = [
    { key: 'A', path: 'tls/a' },
    { key: 'B', path: 'b' },
    { key: 'C', path: 'tls/c' },
  ];
  const some = { secret: { secretName: 'app', items } };
  t.same(used(withVolume(some, { name: 'v', subPath: 'tls' })), { read: 'AC', kept: 'AC' });
  t.same(used(withVolume(some, { name: 'v', subPath: 'tls/c' })), { read: 'C', kept: 'C' });
  t.same(used(withVolume(some, { name: 'v', subPath: 'b' }, { name: 'v' })), { read: 'ABC', kept: 'B' });
});

t.test('an unusual or computed subPath may be any file', async (t) => {
  const whole = { secret: { secretName: 'app' } };
  for (const mount of [{ subPath: './B' }, { subPath: 'B/' }, { subPath: '.' }, { subPathExpr: '$(POD)' }]) {
    t.same(used(withVolume(whole, { name: 'v', ...mount })), { read: 'ABC', kept: 'ABC' });
  }
});

t.test('an init container reads once, and a sidecar as long as it runs', async (t) => {
  const volumes = [{ name: 'v', secret: { secretName: 'app', items: [{ key: 'A', path: 'a' }] } }];
  const reader = { volumeMounts: [{ name: 'v' }], env: [fromKey('B')] };
  t.same(used({ initContainers: [reader], volumes }), { read: 'AB', kept: 'AB' });
  t.same(used({ initContainers: [{ ...reader, restartPolicy: 'Always' }], volumes }), {
    read: 'AB',
    kept: 'B',
  });
});

t.test('ignores Secrets that only the kubelet reads', async (t) => {
  const spec = { imagePullSecrets: [{ name: 'app' }], containers: [{}] };
  t.equal(used(spec), undefined);
});

t.test('handles null and missing fields, and names such as __proto__', async (t) => {
  t.equal(usesOf({}).size, 0);
  t.equal(usesOf({ initContainers: null, containers: null, volumes: null }).size, 0);
  t.equal(usesOf({ containers: [{ env: null, envFrom: null, volumeMounts: null }] }).size, 0);
  t.equal(usesOf({ containers: [{ env: [{ valueFrom: null }, {}], envFrom: [{ secretRef: {} }] }] }).size, 0);
  t.equal(usesOf({ containers: [{ volumeMounts: [{ name: 'absent' }] }] }).size, 0);
  const odd = JSON.parse('{"containers":[{"envFrom":[{"secretRef":{"name":"__proto__"}}]}]}');
  t.same([...usesOf(odd).keys()], ['__proto__']);
  const key = { valueFrom: { secretKeyRef: { name: 'app', key: '__proto__' } } };
  t.same([...(usesOf({ containers: [{ env: [key] }] }).get('app')?.fixed ?? [])], ['__proto__']);
});
