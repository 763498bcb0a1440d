import t, { type Test } from 'tap';
import { parse, parseAllDocuments } from 'yaml';
import { anApiServer, answerJson, aPage, aStatus } from '../../helpers/api/fake-api-server.ts';
import { lockstep } from '../../helpers/commands/commands.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';

const floor = (...args: readonly string[]) => lockstep('policy', 'floor', ...args);

const shop = (spec: object) => aSecretPolicy('shop', spec);
const aFile = (t: Test, spec: object) =>
  `${t.testdir({ 'shop.json': JSON.stringify(shop(spec)) })}/shop.json`;

t.test('prints the objects for kubectl, as documents or as a list', async (t) => {
  const file = aFile(t, { match: { names: ['shop'] }, keys: { TOKEN: { minLength: 5 } } });
  const { exitCode, stdout, stderr } = await floor('--policy', file);
  t.same({ exitCode, stderr }, { exitCode: 0, stderr: '' });
  const objects = parseAllDocuments(stdout).map((document) => document.toJS());
  t.same(
    objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    [
      'ValidatingAdmissionPolicy lockstep-floor',
      'ValidatingAdmissionPolicyBinding lockstep-floor',
      'ValidatingAdmissionPolicy lockstep-floor-warn',
      'ValidatingAdmissionPolicyBinding lockstep-floor-warn',
    ],
  );
  t.match(stdout, '(policy shop)');
  t.same(parse((await floor('--policy', file, '-o', 'json')).stdout).items, objects);
});

t.test('the objects begin with the command that deletes them', async (t) => {
  const first = async (...args: readonly string[]) => (await floor(...args)).stdout.split('\n')[0];
  t.match(
    await first(),
    /kubectl delete validatingadmissionpolicies,validatingadmissionpolicybindings -l lockstep\.dev\/floor=true$/,
  );
});

t.test('a warn-only user and a dropped policy change the objects', async (t) => {
  const { stdout } = await floor('--no-builtin', 'reconciliation', '--warn-only-user', 'velero');
  t.match(stdout, "request.userInfo.username in ['velero']");
  t.notMatch(stdout, '(policy reconciliation)');
});

const CONTAINERS = [
  {
    name: 'webhook',
    image: 'x',
    args: ['--max-action=Warn', '--excluded-namespaces', 'legacy,old'],
    env: [{ name: 'LOCKSTEP_WARN_ONLY_USERS', value: 'a, b' }],
  },
];
const deployment = { spec: { template: { spec: { containers: CONTAINERS } } } };

t.test('with a cluster, its policies and the limits of its installation count', async (t) => {
  const { kubeconfig } = await anApiServer(t, (response, { pathname }) => {
    if (pathname.endsWith('/secretpolicies'))
      return answerJson(response, aPage([shop({ keys: { TOKEN: { required: true } } })]));
    if (pathname.endsWith('/deployments/lockstep-webhook')) return answerJson(response, deployment);
    if (pathname === '/apis/admissionregistration.k8s.io/v1')
      return answerJson(response, { resources: [{ name: 'validatingadmissionpolicies' }] });
    return answerJson(response, aStatus(404, 'not found'), 404);
  });
  const { exitCode, stdout } = await floor('--kubeconfig', kubeconfig);
  t.equal(exitCode, 0);
  t.match(stdout, "in ['a','b']");
  t.match(stdout, '(policy shop)');
  t.match(stdout, /- legacy\n +- old/);
  t.notMatch(stdout, /validationActions:\n +- Deny/, 'the maximum action is Warn');
});

t.test('an API server without the kind is one sentence', async (t) => {
  const { kubeconfig } = await anApiServer(t, (response, { pathname }) => {
    if (pathname.endsWith('/secretpolicies')) return answerJson(response, aPage([]));
    if (pathname === '/apis/admissionregistration.k8s.io/v1')
      return answerJson(response, { resources: [{ name: 'validatingwebhookconfigurations' }] });
    return answerJson(response, aStatus(404, 'not found'), 404);
  });
  const { exitCode, stdout, stderr } = await floor('--kubeconfig', kubeconfig);
  t.same({ exitCode, stdout }, { exitCode: 2, stdout: '' });
  t.match(stderr, /has no ValidatingAdmissionPolicies[^\n]*Kubernetes 1\.30 or newer/);
});
