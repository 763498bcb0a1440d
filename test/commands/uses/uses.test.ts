import t from 'tap';
import { anApiServer, answerJson, aPage, aStatus } from '../../helpers/api/fake-api-server.ts';
import { lockstep } from '../../helpers/commands/commands.ts';
import { fc } from '../../helpers/property.ts';

// biome-ignore lint/suspicious/noExplicitAny: an object of the API server has any form
type Loose = any;

const NAMESPACES = ['blue', 'green'];
const SECRETS = ['s0', 's1', 's2', 's3', 's4', 's5'];
const KEYS = ['A', 'B', 'C'];
const VALUE = 'b3JjaGlkLWxhbnRlcm4=';

const secret = fc.constantFrom(...SECRETS);
const key = fc.constantFrom(...KEYS);
const few = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 2 });
const items = fc.constantFrom(
  undefined,
  [],
  [{ key: 'A', path: 'dir/A' }],
  [
    { key: 'B', path: 'dir/B' },
    { key: 'C', path: 'c' },
  ],
);
const optional = fc.constantFrom(undefined, true);

const volumeSource = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ secretName: secret, items, optional }).map((source) => ({ secret: source })),
  },
  fc.record({ name: secret, items }).map((source) => ({ configMap: source })),
  few(fc.record({ name: secret, items }).map((source) => ({ secret: source }))).map((sources) => ({
    projected: { sources },
  })),
  secret.map((name) => ({ csi: { driver: 'd', nodePublishSecretRef: { name } } })),
);
const volume = fc
  .tuple(fc.constantFrom('v0', 'v1'), volumeSource)
  .map(([name, source]) => ({ name, ...source }));
const container = fc.record({
  name: fc.constantFrom('web', 'side'),
  restartPolicy: fc.constantFrom(undefined, 'Always'),
  env: few(
    fc.oneof(
      fc.record({ name: secret, key, optional }).map((ref) => ({
        name: 'X',
        valueFrom: { secretKeyRef: ref },
      })),
      fc.record({ name: secret, key }).map((ref) => ({ name: 'X', valueFrom: { configMapKeyRef: ref } })),
      fc.constant({ name: 'PLAIN', value: 'text' }),
    ),
  ),
  envFrom: few(secret.map((name) => ({ secretRef: { name } }))),
  volumeMounts: fc.array(
    fc.record({
      name: fc.constantFrom('v0', 'v1', 'absent'),
      mountPath: fc.constantFrom('/a', '/b'),
      subPath: fc.constantFrom(undefined, 'A', 'dir', 'dir/B'),
    }),
    { minLength: 1, maxLength: 2 },
  ),
});
const pod = fc.record({
  containers: fc.array(container, { minLength: 1, maxLength: 2 }),
  initContainers: few(container),
  volumes: fc.uniqueArray(volume, { minLength: 1, maxLength: 2, selector: ({ name }) => name }),
  imagePullSecrets: few(secret.map((name) => ({ name }))),
});

const OWNERS: Readonly<Record<string, readonly (readonly [kind: string, name: string] | undefined)[]>> = {
  Job: [undefined, ['CronJob', 'x']],
  ReplicaSet: [undefined, ['Deployment', 'x'], ['Rollout', 'x']],
  Pod: [undefined, ['ReplicaSet', 'r'], ['Job', 'j'], ['StatefulSet', 'x'], ['Cluster', 'pg'], ['Node', 'n']],
};
const NAMES: Readonly<Record<string, string>> = { Job: 'j', ReplicaSet: 'r' };
const WRAPPERS: Readonly<Record<string, (spec: object) => object>> = {
  Pod: (spec) => spec,
  CronJob: (spec) => ({ jobTemplate: { spec: { template: { spec } } } }),
};
const withPod = fc
  .tuple(
    fc.constantFrom('Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Job', 'ReplicaSet', 'Pod'),
    fc.constantFrom(...NAMESPACES),
    fc.constantFrom('x', 'y', 'z'),
    pod,
    fc.nat(),
    fc.boolean(),
  )
  .map(([kind, namespace, name, spec, choice, hasEnded]) => {
    const owner = OWNERS[kind]?.[choice % (OWNERS[kind]?.length ?? 1)];
    const ownerReferences = owner && [{ kind: owner[0], name: owner[1], controller: true }];
    const wrap = WRAPPERS[kind] ?? ((one: object) => ({ template: { spec: one } }));
    return {
      kind,
      metadata: { name: NAMES[kind] ?? name, namespace, uid: 'u', creationTimestamp: '', ownerReferences },
      spec: wrap(spec),
      ...(kind === 'Job' && hasEnded ? { status: { conditions: [{ type: 'Failed', status: 'True' }] } } : {}),
    };
  });
const without = fc.tuple(fc.constantFrom(...NAMESPACES), secret, secret).map(([namespace, one, other]) => ({
  kind: 'Ingress',
  metadata: { name: 'x', namespace, annotations: { 'nginx.ingress.kubernetes.io/auth-secret': other } },
  spec: { tls: [{ secretName: one }] },
}));
const account = fc.tuple(fc.constantFrom(...NAMESPACES), few(secret)).map(([namespace, names]) => ({
  kind: 'ServiceAccount',
  metadata: { name: 'x', namespace },
  imagePullSecrets: names.map((name) => ({ name })),
}));
const objectsOfCluster = fc.uniqueArray(fc.oneof({ weight: 4, arbitrary: withPod }, without, account), {
  minLength: 4,
  maxLength: 12,
  selector: ({ kind, metadata }) => `${kind}/${metadata.namespace}/${metadata.name}`,
});

const PLURALS: Readonly<Record<string, string>> = {
  deployments: 'Deployment',
  statefulsets: 'StatefulSet',
  daemonsets: 'DaemonSet',
  cronjobs: 'CronJob',
  jobs: 'Job',
  replicasets: 'ReplicaSet',
  pods: 'Pod',
  ingresses: 'Ingress',
  serviceaccounts: 'ServiceAccount',
};

/** `READER NAMESPACE/SECRET KEY`, with `*` for all keys, as a person reads the objects. */
function readAsAPerson(objects: readonly Loose[]): Set<string> {
  const uses = new Set<string>();
  const ownerOf = (kind: string, name: string, namespace: string): string => {
    const own = objects.find((one) => {
      return one.kind === kind && one.metadata.name === name && one.metadata.namespace === namespace;
    });
    const [owner] = own?.status === undefined ? (own?.metadata.ownerReferences ?? []) : [];
    if (owner === undefined || owner.kind === 'Node' || !['Pod', 'Job', 'ReplicaSet'].includes(kind))
      return `${kind}/${name}`;
    return ownerOf(owner.kind, owner.name, namespace);
  };
  for (const object of objects) {
    const { kind, metadata, status } = object;
    const { name, namespace, annotations = {} } = metadata;
    const reader = ownerOf(kind, name, namespace);
    if (status !== undefined || (kind === 'ReplicaSet' && reader !== 'ReplicaSet/r')) continue;
    const use = (from: string, keys: readonly string[] = ['*']) => {
      for (const one of keys) uses.add(`${reader} ${namespace}/${from} ${one}`);
    };
    const template = object.spec?.jobTemplate?.spec.template ?? object.spec?.template ?? object;
    const { containers = [], initContainers = [], volumes = [], tls = [] } = template.spec ?? {};
    for (const pull of [...(object.imagePullSecrets ?? []), ...(template.spec?.imagePullSecrets ?? [])])
      use(pull.name);
    for (const { secretName } of tls) use(secretName);
    for (const other of Object.values(annotations)) use(String(other));
    const all = [...containers, ...initContainers];
    for (const { env, envFrom } of all) {
      for (const { valueFrom } of env)
        if (valueFrom?.secretKeyRef) use(valueFrom.secretKeyRef.name, [valueFrom.secretKeyRef.key]);
      for (const { secretRef } of envFrom) use(secretRef.name);
    }
    for (const one of volumes) {
      if (one.csi) use(one.csi.nodePublishSecretRef.name);
      const mounts = all
        .flatMap(({ volumeMounts }) => volumeMounts)
        .filter((mount) => mount.name === one.name);
      const held = [one.secret, ...(one.projected?.sources ?? []).map((source: Loose) => source.secret)];
      for (const source of held.filter((each) => each !== undefined)) {
        const files = source.items?.length > 0 ? source.items : undefined;
        for (const { subPath } of mounts.length === 0 ? [{ subPath: undefined }] : mounts) {
          const inPath = files?.filter(({ path }: Loose) => {
            return subPath === undefined || path === subPath || path.startsWith(`${subPath}/`);
          });
          const whole = subPath === undefined ? ['*'] : [subPath];
          use(source.secretName ?? source.name, inPath?.map((item: Loose) => item.key) ?? whole);
        }
      }
    }
  }
  return uses;
}

t.test('agrees with the objects of any cluster', async (t) => {
  let objects: readonly Loose[] = [];
  const secrets = NAMESPACES.flatMap((namespace) =>
    SECRETS.map((name) => ({
      metadata: { namespace, name, uid: name, resourceVersion: '1', creationTimestamp: '' },
      type: 'Opaque',
      data: Object.fromEntries(KEYS.map((one) => [one, VALUE])),
    })),
  );
  const { kubeconfig } = await anApiServer(t, (response, { pathname }) => {
    const [, namespace, plural = '', name] =
      /^\/apis?\/(?:apps\/|batch\/|networking.k8s.io\/)?v1(?:\/namespaces\/(\w+))?\/(\w+)(?:\/(\w+))?$/.exec(
        pathname,
      ) ?? [];
    const of = plural === 'secrets' ? secrets : objects.filter(({ kind }) => kind === PLURALS[plural]);
    const found = of.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
    if (pathname === '/apis') answerJson(response, { groups: [] });
    else if (plural === '') answerJson(response, aStatus(404, 'no such path'), 404);
    else if (name === undefined) answerJson(response, aPage(found));
    else answerJson(response, found.find(({ metadata }) => metadata.name === name) ?? aStatus(404, ''), 200);
  });
  const printed = async (...args: readonly string[]) => {
    const { stdout, stderr } = await lockstep('uses', '--kubeconfig', kubeconfig, '-o', 'json', ...args);
    t.notMatch(stdout + stderr, VALUE);
    return JSON.parse(stdout);
  };
  await fc.assert(
    fc.asyncProperty(objectsOfCluster, fc.constantFrom(...secrets), async (generated, { metadata }) => {
      objects = JSON.parse(JSON.stringify(generated));
      const expected = readAsAPerson(objects);
      const place = `${metadata.namespace}/${metadata.name}`;
      const seen = new Set<string>();
      const { readers } = await printed(place);
      for (const { kind, name, readings } of readers)
        for (const reading of readings) seen.add(`${kind}/${name} ${place} ${reading.key ?? '*'}`);
      const ofPlace = [...expected].filter((use) => use.includes(` ${place} `));
      t.strictSame([...seen].sort(), ofPlace.sort());
      const { verdict, unused } = await printed('--unused', '-A');
      const places = [...expected].map((use) => use.split(' ').slice(1));
      t.equal(verdict, 'unused');
      t.strictSame(
        unused.map(({ namespace, name, whole, keys }: Loose) => [`${namespace}/${name}`, whole, ...keys]),
        secrets.flatMap(({ metadata: { namespace, name } }) => {
          const own = `${namespace}/${name}`;
          const read = places.filter(([other]) => other === own).map(([, one]) => one);
          const keys = KEYS.filter((one) => !read.includes(one) && !read.includes('*'));
          return keys.length === 0 ? [] : [[own, read.length === 0, ...keys]];
        }),
      );
      if (!t.passing()) throw new Error('the map differs from the objects');
    }),
    { numRuns: 50 },
  );
});
