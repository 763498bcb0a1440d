import { readdir } from 'node:fs/promises';
import t from 'tap';
import { aRecordingInstall, WEBHOOK_ACCOUNT } from '../../helpers/api/recording-install.ts';
import { kustomize, pick } from '../../helpers/cluster/kustomize.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { until } from '../../testbed/process/until.ts';

/** The CRDs that the API server needs to accept objects of cert-manager. */
const CERT_MANAGER = ['Issuer', 'Certificate'].map((kind) => {
  const plural = `${kind.toLowerCase()}s`;
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.cert-manager.io` },
    spec: {
      group: 'cert-manager.io',
      scope: 'Namespaced',
      names: { kind, plural },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
});
const CONTROLLER_ACCOUNT = 'system:serviceaccount:lockstep-system:lockstep-controller';
const SECRET_POLICIES = '/apis/lockstep.dev/v1alpha1/secretpolicies';
const CONFIGURATIONS = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

const { cluster, webhook: standIn, apply, kubectl, mustRun, untilCalled } = await aRecordingInstall(t);

t.test('installs every object of every overlay under strict validation', async (t) => {
  await mustRun('apply -f -', { input: { apiVersion: 'v1', kind: 'List', items: CERT_MANAGER } });
  await until('the kinds of cert-manager', [], async () => {
    return (await kubectl('get issuers,certificates')).exitCode === 0;
  });
  for (const overlay of await readdir('manifests/overlays')) {
    const { stderr, exitCode } = await apply(`manifests/overlays/${overlay}`);
    t.same({ stderr, exitCode }, { stderr: '', exitCode: 0 }, overlay);
  }
  const { stderr, exitCode } = await apply('manifests');
  t.same({ stderr, exitCode }, { stderr: '', exitCode: 0 });
  await untilCalled();
});

t.test('removes the changes of an overlay when the base is applied', async (t) => {
  const live = async (what: string) => JSON.parse((await mustRun(`get ${what} -o json`)).stdout);
  const [container] = (await live('deployment lockstep-webhook -n lockstep-system')).spec.template.spec
    .containers;
  t.notMatch(JSON.stringify(container), /LOCKSTEP_MAX_ACTION|LOCKSTEP_CERT_DIR|tls/);
  for (const kind of CONFIGURATIONS) {
    const { metadata, webhooks } = await live(`${kind} lockstep`);
    t.notMatch(JSON.stringify(metadata.annotations), /cert-manager.io\/inject/, kind);
    t.match(webhooks[0], { failurePolicy: 'Ignore', rules: [{ resources: ['secrets'] }] }, kind);
  }
  const role = await live('clusterrole lockstep-webhook');
  t.match(JSON.stringify(role.rules), /validatingwebhookconfigurations/);
  const controller = await live('deployment lockstep-controller -n lockstep-system');
  t.equal(controller.spec.replicas, 2);
  t.notMatch(JSON.stringify(controller.spec.template.spec.containers), /LOCKSTEP_MAX_ACTION/);
});

t.test('removes the controller with its rights in webhook-only', async (t) => {
  const mayList = () => cluster.kubectl(['auth', 'can-i', 'list', 'secrets', `--as=${CONTROLLER_ACCOUNT}`]);
  t.equal((await mayList()).stdout, 'yes\n');
  await apply('manifests/overlays/webhook-only');
  await until('the rights to be gone', [], async () => (await mayList()).stdout === 'no\n');
  const { stdout } = await mustRun(
    'get deployment lockstep-controller -n lockstep-system -o jsonpath={.spec.replicas}',
  );
  t.equal(stdout, '0');
  await apply('manifests');
  await until('the rights to be back', [], async () => (await mayList()).stdout === 'yes\n');
});

t.test('changes nothing when it is applied again', async (t) => {
  const { stdout } = await apply('manifests');
  const changed = stdout
    .trimEnd()
    .split('\n')
    .filter((line) => !line.endsWith(' unchanged'));
  // Of its selector kubectl always makes a patch: patchStrategy is `replace`.
  t.same(changed.sort(), [
    'poddisruptionbudget.policy/lockstep-controller configured',
    'poddisruptionbudget.policy/lockstep-webhook configured',
  ]);
});

t.test('keeps the caBundle of the pods in either kind of apply', async (t) => {
  await apply('manifests', '--server-side', '--force-conflicts');
  await apply('manifests');
  for (const kind of CONFIGURATIONS) {
    const { stdout } = await mustRun(`get ${kind} lockstep -o jsonpath={.webhooks[*].clientConfig.caBundle}`);
    for (const bundle of stdout.split(' ')) {
      t.equal(Buffer.from(bundle, 'base64').toString(), standIn.ca, kind);
    }
  }
});

t.test('keeps the CA of the pods in their Secret in either kind of apply', async (t) => {
  const secret = 'secret lockstep-webhook-ca -n lockstep-system';
  const data = { 'ca.crt': 'Y2VydA==', 'ca.key': 'a2V5' };
  const patch = JSON.stringify({ data });
  await cluster.mustRun(['patch', ...secret.split(' '), '--type=merge', '-p', patch], {
    as: WEBHOOK_ACCOUNT,
  });
  for (const flags of [[], ['--server-side', '--force-conflicts'], []]) {
    const { exitCode, stderr } = await apply('manifests', ...flags);
    t.equal(exitCode, 0, stderr);
    const { stdout } = await mustRun(`get ${secret} -o json`);
    t.same(JSON.parse(stdout).data, data, flags.join(' '));
  }
});

t.test('refuses a matchCondition that does not compile, so the installed ones do', async (t) => {
  const { metadata, ...configuration } = pick(await kustomize('manifests'), CONFIGURATIONS[1]!, 'lockstep');
  configuration.webhooks[0].matchConditions[0].expression += ' + nonsense';
  const input = { ...configuration, metadata: { ...metadata, name: 'broken' } };
  const { stderr, exitCode } = await kubectl('apply -f -', { input });
  t.not(exitCode, 0);
  t.match(stderr, /nonsense/);
});

t.test('sends a create and an update to both webhooks, and a delete to none', async (t) => {
  standIn.calls();
  await mustRun('create secret generic a -n team --from-literal=k=v');
  t.same(standIn.calls(), ['/mutate CREATE team/a', '/validate CREATE team/a']);
  await mustRun('label secret a -n team x=y');
  t.same(standIn.calls(), ['/mutate UPDATE team/a', '/validate UPDATE team/a']);
  await mustRun('delete secret a -n team');
  t.same(standIn.calls(), []);
});

t.test('evaluates the conditions for a null object, as on a DELETE', async (t) => {
  await mustRun('create secret generic b -n team');
  const patch = '[{"op":"replace","path":"/webhooks/0/rules/0/operations","value":["DELETE"]}]';
  await cluster.mustRun(['patch', CONFIGURATIONS[1]!, 'lockstep', '--type=json', '-p', patch]);
  standIn.calls();
  while (standIn.calls().length === 0) await mustRun('delete secret b -n team --dry-run=server');
  await mustRun('delete secret b -n team');
  t.same(standIn.calls(), ['/validate DELETE team/b'], 'asked, which an expression that errs would not be');
  await apply('manifests');
  await untilCalled();
});

/** The form in which lockstep writes it. The API server itself refuses any other form. */
const RECORD = {
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'lockstep.dev/record',
  metadata: {
    name: 'lockstep-record-app',
    namespace: 'team',
    annotations: { 'lockstep.dev/record-of': 'app' },
  },
};

t.test("sends no Secret of another tool's type to the webhooks", async (t) => {
  for (const type of ['helm.sh/release.v1', 'bootstrap.kubernetes.io/token']) {
    await mustRun(`create secret generic excluded -n team --type=${type}`);
    await mustRun('delete secret excluded -n team');
  }
  await mustRun('create -f -', { input: RECORD });
  await mustRun('delete secret lockstep-record-app -n team');
  for (const namespace of ['kube-system', 'kube-public', 'kube-node-lease', 'lockstep-system']) {
    await mustRun(`create secret generic system -n ${namespace}`);
  }
  await mustRun('create clusterrolebinding own --clusterrole=writer --group=system:serviceaccounts');
  await mustRun('create secret generic own -n team --as=system:serviceaccount:lockstep-system:any');
  t.same(standIn.calls(), []);
  await mustRun('create secret generic other -n team --as=system:serviceaccount:lockstep-system2:any');
  t.equal(standIn.calls().length, 2, 'a namespace whose name only begins alike is no exception');
  await mustRun('delete clusterrolebinding own');
});

t.test('sends no service account token to the webhooks', async (t) => {
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

t.test('sends the write of a policy to its webhook, and not that of its status', async (t) => {
  const policy = (spec: object) => aSecretPolicy('shop', { match: { names: ['shop'] }, keys: {}, ...spec });
  await mustRun('apply -f -', { input: policy({}) });
  await until('the webhook for policies', [], async () => {
    await mustRun('apply --dry-run=server -f -', { input: policy({ action: 'Audit' }) });
    return standIn.calls().length > 0;
  });
  await mustRun('apply -f -', { input: policy({ action: 'Warn' }) });
  t.same(standIn.calls(), ['/validate-policy UPDATE undefined/shop']);
  // As the pods do it. kubectl 1.30 has no apply --subresource.
  const status = `${SECRET_POLICIES}/shop/status?fieldManager=lockstep-webhook`;
  const { status: code, text } = await cluster.request(status, {
    method: 'PATCH',
    contentType: 'application/apply-patch+yaml',
    headers: { 'Impersonate-User': WEBHOOK_ACCOUNT },
    body: { ...policy({}), spec: undefined, status: { observedGeneration: 2 } },
  });
  t.equal(code, 200, text);
  t.same(standIn.calls(), []);
});

t.test('sends only the dry run of the pods on their own Secret to the self-probe webhook', async (t) => {
  const label = (more: string) =>
    mustRun(`label secret lockstep-webhook-ca -n lockstep-system probed=yes --overwrite ${more}`);
  standIn.calls();
  await label(`--dry-run=server --as=${WEBHOOK_ACCOUNT}`);
  t.same(standIn.calls(), ['/validate UPDATE lockstep-system/lockstep-webhook-ca']);
  await label(`--as=${WEBHOOK_ACCOUNT}`);
  await label('--dry-run=server');
  t.same(standIn.calls(), []);
});

t.test('removes the mutating webhook in audit, and restores it in the base', async (t) => {
  await apply('manifests/overlays/audit');
  const asked = async () => {
    standIn.calls();
    await mustRun('create secret generic audited -n team --dry-run=server');
    return standIn.calls();
  };
  let calls = await asked();
  while (calls.length > 1) calls = await asked();
  t.same(calls, ['/validate CREATE team/audited']);
  await apply('manifests');
  await untilCalled();
});

t.test('refuses validated Secrets, and stores the others, while a fail-closed webhook is down', async (t) => {
  await mustRun('create secret generic old -n team');
  await standIn[Symbol.asyncDispose]();
  const lenient = await kubectl('create secret generic while-ignored -n team');
  t.equal(lenient.exitCode, 0, lenient.stderr);

  await apply('manifests/overlays/fail-closed');
  while ((await kubectl('create secret generic probe -n team --dry-run=server')).exitCode === 0);
  const refused = await kubectl('create secret generic new -n team');
  t.match(refused.stderr, /failed calling webhook "validate.lockstep.dev"/);
  const deleted = await kubectl('delete secret old -n team');
  t.equal(deleted.exitCode, 0, deleted.stderr);
  const helm = await kubectl('create secret generic release -n team --type=helm.sh/release.v1');
  t.equal(helm.exitCode, 0, helm.stderr);
  const again = await apply('manifests/overlays/fail-closed', '--dry-run=server');
  t.equal(
    again.exitCode,
    0,
    'what mends it is not refused, nor the dry run that Flux and Argo CD send first',
  );
  const namespace = await kubectl('delete namespace team --wait=false');
  t.equal(namespace.exitCode, 0, namespace.stderr);
});
