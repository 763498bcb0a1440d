import t from 'tap';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { kustomize } from '../../helpers/cluster/kustomize.ts';
import { aCredentialObject } from '../../helpers/login/postgres-credential.ts';
import { aRedisCredentialObject } from '../../helpers/login/redis-credential.ts';
import type { KubectlOptions } from '../../testbed/cluster/kubectl.ts';
import { until } from '../../testbed/process/until.ts';

const CONTROLLER = 'system:serviceaccount:lockstep-system:lockstep-controller';
/** May write PostgresCredentials and create Secrets. May get and update `mine`, get `read`, and update `blind`. */
const NARROW = 'narrow';
/** Has the ClusterRole `edit` in the namespace. `viewer` has `view`. */
const EDITOR = 'editor';

const cluster = await aCluster(t, { controllers: true });
const kubectl = (args: string, options: KubectlOptions = {}) => cluster.kubectl(args.split(' '), options);
const mustRun = (args: string, options: KubectlOptions = {}) => cluster.mustRun(args.split(' '), options);
const list = (items: readonly object[]) => ({ apiVersion: 'v1', kind: 'List', items });

const rule = (group: string, resource: string, verbs: readonly string[], ...names: readonly string[]) => ({
  apiGroups: [group],
  resources: [resource],
  verbs,
  ...(names.length > 0 && { resourceNames: names }),
});
const narrowRole = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: NARROW, namespace: 'shop' },
  rules: [
    rule('lockstep.dev', 'postgrescredentials', ['get', 'create', 'update', 'patch']),
    rule('lockstep.dev', 'rediscredentials', ['create']),
    rule('', 'secrets', ['create']),
    rule('', 'secrets', ['get', 'update', 'patch'], 'mine', 'lockstep-record-mine', 'lockstep-record-other'),
    rule('', 'secrets', ['get'], 'read'),
    rule('', 'secrets', ['update'], 'blind'),
  ],
};

const record = (of: string | undefined, name = `lockstep-record-${of}`, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'lockstep.dev/record',
  metadata: {
    name,
    namespace: 'shop',
    labels: { 'lockstep.dev/record': 'true' },
    ...(of !== undefined && { annotations: { 'lockstep.dev/record-of': of } }),
  },
  ...more,
});
const write = (object: object, as: string, verb = 'create') => kubectl(`${verb} -f -`, { input: object, as });
const attempt = async (object: object, as: string) => {
  const { exitCode, stderr } = await write(object, as, 'create --dry-run=server');
  return exitCode === 0 ? 'let in' : stderr;
};

t.before(async () => {
  const meant = /^(CustomResourceDefinition|ClusterRole|ValidatingAdmissionPolicy(Binding)?)$/;
  const objects = (await kustomize('manifests')).filter(({ kind }) => meant.test(kind));
  await mustRun('apply -f -', { input: list(objects) });
  await mustRun('create namespace shop');
  await mustRun('apply -f -', { input: narrowRole });
  await mustRun(`create rolebinding narrow --role=narrow --user=${NARROW} -n shop`);
  for (const [user, role] of [
    [EDITOR, 'edit'],
    ['viewer', 'view'],
  ])
    await mustRun(`create rolebinding ${user} --clusterrole=${role} --user=${user} -n shop`);
  const secrets = 'create clusterrolebinding controller --clusterrole=lockstep-controller';
  await mustRun(`${secrets} --serviceaccount=lockstep-system:lockstep-controller`);
  await until('the guards', [], async () => {
    const theirs = { secretName: 'theirs' };
    const tried = [aCredentialObject(theirs), aRedisCredentialObject(theirs), record('theirs')];
    return (await Promise.all(tried.map((one) => attempt(one, NARROW)))).every((said) => /guard/.test(said));
  });
  await until('the roles of teams', [], async () => {
    const { stdout } = await kubectl(`auth can-i create postgrescredentials -n shop --as=${EDITOR}`);
    return stdout === 'yes\n';
  });
});

for (const [kind, anObject] of [
  ['PostgresCredential', aCredentialObject],
  ['RedisCredential', aRedisCredentialObject],
] as const)
  t.test(`writing a ${kind} requires the rights on the Secrets that it names`, async (t) => {
    const server = { host: 'db' };
    const tls = (caSecretName: string) => ({
      server: { ...server, tls: { mode: 'verify-full', caSecretName } },
    });
    const sentence =
      /secretName: whoever writes this needs the rights? to get (and to update )?Secret theirs in namespace shop/i;
    for (const [spec, expected] of [
      [{ secretName: 'mine' }, /let in/],
      [{ secretName: 'mine', adminSecretName: 'read', ...tls('read') }, /let in/],
      [{ secretName: 'read' }, /spec\.secretName: whoever writes this needs the rights to get and to update/],
      [
        { secretName: 'blind' },
        /spec\.secretName: .* Secret blind in namespace shop, for lockstep reads and/,
      ],
      [{ secretName: 'theirs' }, sentence],
      [{ secretName: 'mine', adminSecretName: 'theirs', server }, /spec\.adminSecretName: .*Secret theirs/],
      [{ secretName: 'mine', adminSecretName: 'blind', server }, /spec\.adminSecretName: .*Secret blind/],
      [{ secretName: 'mine', ...tls('theirs') }, /spec\.server\.tls\.caSecretName: .*Secret theirs/],
    ] as const) {
      t.match(await attempt(anObject(spec), NARROW), expected, JSON.stringify(spec));
      t.equal(await attempt(anObject(spec), EDITOR), 'let in', 'with the ClusterRole edit');
    }
  });

t.test('changing a PostgresCredential requires the same rights, but a label does not', async (t) => {
  await mustRun('create -f -', { input: aCredentialObject({ secretName: 'theirs' }), as: EDITOR });
  const labelled = await kubectl('label pgcred shop -n shop team=a', { as: NARROW });
  t.equal(labelled.stderr, '');
  const patch = (spec: object) =>
    cluster.kubectl(
      ['patch', 'pgcred', 'shop', '-n', 'shop', '--type=merge', '-p', JSON.stringify({ spec })],
      { as: NARROW },
    );
  const turned = await patch({ history: 7 });
  t.match(turned.stderr, /needs the rights to get and to update Secret theirs in namespace shop/);
  t.equal((await patch({ secretName: 'mine' })).exitCode, 0);
  t.match(
    (await patch({ adminSecretName: 'theirs', server: { host: 'db' } })).stderr,
    /right to get Secret theirs/,
  );
  await mustRun('delete pgcred shop -n shop');
});

t.test('writing a record requires the right to update its Secret', async (t) => {
  const long = 'a'.repeat(240);
  for (const [object, expected] of [
    [record('mine'), /let in/],
    [record('theirs'), /needs the right to update Secret theirs in namespace shop, for lockstep does there/],
    [record('read'), /needs the right to update Secret read/],
    [record(undefined, 'lockstep-record-mine'), /says by the annotation lockstep\.dev\/record-of whose/],
    [record('mine', 'lockstep-record-theirs'), /is named lockstep-record-NAME/],
    [record('mine', 'mine-record'), /is named lockstep-record-NAME/],
    [record(long, `lockstep-record-${'a'.repeat(221)}0123456789abcdef`), /right to update Secret a{240} in/],
    [record(long, `lockstep-record-${'b'.repeat(221)}0123456789abcdef`), /is named lockstep-record-NAME/],
  ] as const)
    t.match(await attempt(object, NARROW), expected, JSON.stringify(object.metadata).slice(0, 100));
  t.equal(await attempt(record('theirs'), EDITOR), 'let in');
});

t.test('a record can not become the record of another Secret', async (t) => {
  await mustRun('create -f -', { input: record('mine'), as: NARROW });
  for (const as of [NARROW, EDITOR]) {
    const stolen = await write(record('other', 'lockstep-record-mine'), as, 'replace');
    t.match(stolen.stderr, /is named lockstep-record-NAME|stays that of the Secret/);
    const bare = await write(record(undefined, 'lockstep-record-mine'), as, 'replace');
    t.match(bare.stderr, /says by the annotation lockstep\.dev\/record-of/);
    t.equal((await write(record('mine', undefined, { stringData: { a: as } }), as, 'replace')).exitCode, 0);
  }
  const named = 'a'.repeat(237);
  const cut = `lockstep-record-${'a'.repeat(221)}0123456789abcdef`;
  await mustRun('create -f -', { input: record(named, cut) });
  const other = await write(record(`${named}b`, cut), EDITOR, 'replace');
  t.match(other.stderr, /a record stays that of the Secret that it was made for/);
});

t.test('the guard allows lockstep itself, deletions, and every other Secret', async (t) => {
  t.equal(await attempt(record('theirs'), CONTROLLER), 'let in');
  t.equal(
    (await write(record(undefined, 'lockstep-record-mine'), CONTROLLER, 'replace')).exitCode,
    1,
    'no update',
  );
  const annotations = { annotations: { 'lockstep.dev/record-of': 'theirs' } };
  const opaque = {
    ...record('theirs'),
    type: 'Opaque',
    metadata: { name: 'x', namespace: 'shop', ...annotations },
  };
  t.equal(await attempt(opaque, NARROW), 'let in');
  await mustRun('delete secret lockstep-record-mine -n shop', { as: EDITOR });
});

t.test('the default roles of Kubernetes include PostgresCredentials and RedisCredentials', async (t) => {
  for (const [user, verb, answer] of [
    ['viewer', 'list', 'yes'],
    ['viewer', 'create', 'no'],
    [EDITOR, 'watch', 'yes'],
    [EDITOR, 'delete', 'yes'],
    [EDITOR, 'patch', 'yes'],
    ['stranger', 'get', 'no'],
  ]) {
    const { stdout } = await kubectl(`auth can-i ${verb} postgrescredentials -n shop --as=${user}`);
    t.equal(stdout, `${answer}\n`, `${user} ${verb}`);
    const redis = await kubectl(`auth can-i ${verb} rediscredentials -n shop --as=${user}`);
    t.equal(redis.stdout, `${answer}\n`, `${user} ${verb}`);
  }
  const { stdout } = await kubectl(
    `auth can-i patch postgrescredentials --subresource=status -n shop --as=${EDITOR}`,
  );
  t.equal(stdout, 'no\n', 'the status is for lockstep to write');
});
