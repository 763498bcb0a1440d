import t from 'tap';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, NAME } from '../../helpers/cluster/team.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { until } from '../../testbed/process/until.ts';

// The statements of docs/operate/security-model.md#access-of-each-party about each party that no other test covers.
const { cluster } = await aClusterWithLockstep(t, { controllers: true });
const team = await aTeam(cluster);
const BAD = aManifest({ JWT_SECRET: 'CHANGE_ME' });

await team.run('create rolebinding admin --clusterrole=admin --user=admin');
await team.run('create role patcher --verb=patch --resource=secrets');
await team.run('create rolebinding patcher --role=patcher --user=patcher');
// kube-controller-manager aggregates the ClusterRole admin.
await until('the rights of an admin', [], async () => {
  const { exitCode } = await team.kubectl('auth can-i create rolebindings', { as: 'admin' });
  return exitCode === 0;
});

t.test('denies break-glass and objects of the platform to a namespace admin', async (t) => {
  const refused = async (words: string, why: RegExp) => {
    const { exitCode, stderr } = await team.kubectl(words, { as: 'admin' });
    t.equal(exitCode, 1, words);
    t.match(stderr, why, words);
  };
  await refused(
    'create rolebinding me --clusterrole=lockstep-break-glass --user=admin',
    /attempting to grant/,
  );
  // kubectl does not know the verb `use`, and refuses the command without a call.
  const role = await cluster.request(
    `/apis/rbac.authorization.k8s.io/v1/namespaces/${team.namespace}/roles`,
    {
      method: 'POST',
      headers: { 'impersonate-user': 'admin' },
      body: {
        metadata: { name: 'me' },
        rules: [{ apiGroups: ['lockstep.dev'], resources: ['breakglass'], verbs: ['use'] }],
      },
    },
  );
  t.match(role.text, 'attempting to grant RBAC permissions not currently held');
  for (const words of [
    'get secretpolicies',
    'delete validatingwebhookconfiguration lockstep',
    `label namespace ${team.namespace} a=b`,
  ]) {
    await refused(words, /is forbidden/);
  }
  const annotated = aManifest(
    { JWT_SECRET: 'CHANGE_ME' },
    { metadata: { annotations: { 'lockstep.dev/break-glass': 'me' } } },
  );
  const { stderr } = await team.kubectl('create -f -', { input: annotated, as: 'admin' });
  t.match(stderr, /JWT_SECRET\]: is a placeholder/);
});

t.test('does not validate a type that the webhook skips, so it is no security boundary', async (t) => {
  t.equal((await team.kubectl('create -f -', { input: BAD, as: 'admin' })).exitCode, 1);
  const input = { ...BAD, type: 'helm.sh/release.v1', metadata: { name: 'release' } };
  t.equal((await team.kubectl('create -f -', { input, as: 'admin' })).exitCode, 0);
});

t.test('shows the Secret to a user with patch in the answer, with and without lockstep', async (t) => {
  await team.run('create -f -', { input: aManifest() });
  t.equal((await team.kubectl(`get secret ${NAME}`, { as: 'patcher' })).exitCode, 1);
  // kubectl would get it first.
  const { text } = await cluster.request(`/api/v1/namespaces/${team.namespace}/secrets/${NAME}?dryRun=All`, {
    method: 'PATCH',
    contentType: 'application/merge-patch+json',
    headers: { 'impersonate-user': 'patcher' },
    body: {},
  });
  t.match(text, Buffer.from(GOOD.password).toString('base64'));
});
