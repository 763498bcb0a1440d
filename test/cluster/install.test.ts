import t from 'tap';
import { kustomize, pick, withServiceAddress } from '../helpers/kustomize.ts';
import { startStandIn } from '../helpers/stand-in-webhook.ts';
import { startCluster } from '../testbed/cluster.ts';

const KINDS = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

const cluster = await startCluster();
t.teardown(() => cluster.stop());
const address = cluster.serviceIP(10);
const standIn = await startStandIn(address, 443, 'lockstep-webhook.lockstep-system.svc');
t.teardown(() => standIn[Symbol.asyncDispose]());

const apply = async (overlay: string) => {
  const objects = withServiceAddress(await kustomize(overlay), address);
  return cluster.kubectl(['apply', '--validate=strict', '-f', '-'], { input: objects });
};
const kubectl = (args: string, options = {}) => cluster.kubectl(args.split(' '), options);
const mustRun = (args: string, options = {}) => kubectl(args, { orThrow: true, ...options });

t.before(async () => {
  const installed = await apply('manifests');
  if (installed.exitCode !== 0) throw new Error(installed.stderr);
  const caBundle = Buffer.from(standIn.ca).toString('base64');
  const patch = JSON.stringify([{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: caBundle }]);
  for (const kind of KINDS) {
    await cluster.kubectl(['patch', kind, 'lockstep', '--type=json', '-p', patch], { orThrow: true });
  }
  await mustRun('create namespace team');
  await mustRun('create clusterrole writer --verb=* --resource=secrets');
  for (const user of ['alice', 'bob']) {
    await mustRun(`create clusterrolebinding ${user} --clusterrole=writer --user=${user}`);
  }
  await mustRun('create clusterrolebinding root --clusterrole=cluster-admin --user=root');
  await mustRun('create rolebinding bob --clusterrole=lockstep-break-glass --user=bob -n team');
  await untilCalled();
});

t.test('the API server takes every object of every overlay, strictly validated', async (t) => {
  for (const overlay of ['manifests/overlays/team-policies', 'manifests/overlays/fail-closed', 'manifests']) {
    const { stderr, exitCode } = await apply(overlay);
    t.equal(stderr, '', overlay);
    t.equal(exitCode, 0, overlay);
  }
});

t.test('an apply, of either kind, leaves the caBundle that was put in', async (t) => {
  const input = withServiceAddress(await kustomize('manifests'), address);
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input, orThrow: true });
  await apply('manifests');
  for (const kind of KINDS) {
    const { stdout } = await mustRun(`get ${kind} lockstep -o jsonpath={.webhooks[0].clientConfig.caBundle}`);
    t.equal(Buffer.from(stdout, 'base64').toString(), standIn.ca, kind);
  }
});

t.test(
  'a matchCondition that does not compile is refused at apply, so those that were taken do',
  async (t) => {
    const { metadata, ...configuration } = pick(await kustomize('manifests'), KINDS[1]!, 'lockstep');
    configuration.webhooks[0].matchConditions[0].expression += ' + nonsense';
    const input = { ...configuration, metadata: { ...metadata, name: 'broken' } };
    const { stderr, exitCode } = await kubectl('apply -f -', { input });
    t.not(exitCode, 0);
    t.match(stderr, /nonsense/);
  },
);

t.test('a create and an update go to both webhooks, a delete to none', async (t) => {
  standIn.calls();
  await mustRun('create secret generic a -n team --from-literal=k=v');
  t.same(standIn.calls(), ['/mutate CREATE team/a', '/validate CREATE team/a']);
  await mustRun('label secret a -n team x=y');
  t.same(standIn.calls(), ['/mutate UPDATE team/a', '/validate UPDATE team/a']);
  await mustRun('delete secret a -n team');
  t.same(standIn.calls(), []);
});

t.test(
  'the conditions bear an object that is null, as on a DELETE that somebody adds to the rules',
  async (t) => {
    await mustRun('create secret generic b -n team');
    const patch = '[{"op":"replace","path":"/webhooks/0/rules/0/operations","value":["DELETE"]}]';
    await cluster.kubectl(['patch', KINDS[1]!, 'lockstep', '--type=json', '-p', patch], { orThrow: true });
    standIn.calls();
    while (standIn.calls().length === 0) await mustRun('delete secret b -n team --dry-run=server');
    await mustRun('delete secret b -n team');
    t.same(standIn.calls(), ['/validate DELETE team/b'], 'asked, which an expression that errs would not be');
    await apply('manifests');
    await untilCalled();
  },
);

t.test("what is another party's is not asked about", async (t) => {
  for (const type of ['helm.sh/release.v1', 'bootstrap.kubernetes.io/token']) {
    await mustRun(`create secret generic excluded -n team --type=${type}`);
    await mustRun('delete secret excluded -n team');
  }
  for (const namespace of ['kube-system', 'kube-public', 'kube-node-lease', 'lockstep-system']) {
    await mustRun(`create secret generic system -n ${namespace}`);
  }
  await mustRun('create clusterrolebinding own --clusterrole=writer --group=system:serviceaccounts');
  await mustRun('create secret generic own -n team --as=system:serviceaccount:lockstep-system:any');
  t.same(standIn.calls(), []);
  await mustRun('create secret generic other -n team --as=system:serviceaccount:lockstep-system2:any');
  t.equal(standIn.calls().length, 2, 'a namespace whose name only begins alike is no exception');
});

t.test('a service account token, which the API server checks itself, is not asked about', async (t) => {
  await mustRun('create serviceaccount app -n team');
  const metadata = {
    name: 'token',
    namespace: 'team',
    annotations: { 'kubernetes.io/service-account.name': 'app' },
  };
  const input = { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/service-account-token', metadata };
  await mustRun('create -f -', { input });
  t.same(standIn.calls(), []);
});

t.test('break-glass', async (t) => {
  const cases = [
    { who: 'bob', reason: 'INC-7', judged: false, because: 'the annotation and the right' },
    { who: 'root', reason: 'INC-7', judged: false, because: 'the annotation, and a wildcard right' },
    { who: 'alice', reason: 'INC-7', judged: true, because: 'the annotation without the right' },
    { who: 'bob', reason: undefined, judged: true, because: 'the right without the annotation' },
    { who: 'root', reason: undefined, judged: true, because: 'a plain cluster-admin is judged as all are' },
    { who: 'bob', reason: ' ', judged: true, because: 'the annotation gives no reason' },
    {
      who: 'bob',
      namespace: 'default',
      reason: 'INC-7',
      judged: true,
      because: 'the right holds in team only',
    },
  ];
  for (const { who, reason, judged, because, namespace = 'team' } of cases) {
    const annotations = reason === undefined ? {} : { 'lockstep.dev/break-glass': reason };
    const input = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'broken', namespace, annotations } };
    await mustRun('create -f -', { input, as: who });
    t.equal(standIn.calls().length, judged ? 2 : 0, `${who}: ${because}`);
    await mustRun(`delete secret broken -n ${namespace}`);
  }
});

t.test('fail-closed with nobody there: what is judged is refused, and what is not still goes', async (t) => {
  await mustRun('create secret generic old -n team');
  await standIn[Symbol.asyncDispose]();
  const lenient = await kubectl('create secret generic while-ignored -n team');
  t.equal(lenient.exitCode, 0, lenient.stderr);

  await apply('manifests/overlays/fail-closed');
  await t.resolves(untilRefused());
  const refused = await kubectl('create secret generic new -n team');
  t.match(refused.stderr, /failed calling webhook "validate.lockstep.dev"/);
  const deleted = await kubectl('delete secret old -n team');
  t.equal(deleted.exitCode, 0, deleted.stderr);
  const helm = await kubectl('create secret generic release -n team --type=helm.sh/release.v1');
  t.equal(helm.exitCode, 0, helm.stderr);
  const metadata = { name: 'glass', namespace: 'team', annotations: { 'lockstep.dev/break-glass': 'INC-8' } };
  const glass = await kubectl('create -f -', {
    input: { apiVersion: 'v1', kind: 'Secret', metadata },
    as: 'bob',
  });
  t.equal(glass.exitCode, 0, glass.stderr);
  const namespace = await kubectl('delete namespace team --wait=false');
  t.equal(namespace.exitCode, 0, namespace.stderr);
});

/** A changed configuration counts a little after it was written. */
async function untilCalled(): Promise<void> {
  while (standIn.calls().length < 2) await kubectl('create secret generic probe -n team --dry-run=server');
}

async function untilRefused(): Promise<void> {
  while ((await kubectl('create secret generic probe -n team --dry-run=server')).exitCode === 0);
}
