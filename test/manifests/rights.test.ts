import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import t from 'tap';
import { kustomize, type Loose, type Manifest, pick } from '../helpers/kustomize.ts';

const base = await kustomize('manifests');

t.test('the webhook pods may do what they do, and read no Secret but their own', async (t) => {
  t.same(pick(base, 'ClusterRole', 'lockstep-webhook').rules, [
    { apiGroups: ['lockstep.dev'], resources: ['secretpolicies'], verbs: ['list', 'watch'] },
    { apiGroups: ['lockstep.dev'], resources: ['secretpolicies/status'], verbs: ['patch'] },
    { apiGroups: [''], resources: ['namespaces'], verbs: ['list', 'watch'] },
    {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
      resourceNames: ['lockstep'],
      verbs: ['get', 'patch'],
    },
  ]);
  t.same(pick(base, 'Role', 'lockstep-webhook').rules, [
    {
      apiGroups: [''],
      resources: ['secrets'],
      resourceNames: ['lockstep-webhook-ca'],
      verbs: ['get', 'patch'],
    },
  ]);
});

t.test('the code that is said to use a right is there', async (t) => {
  const text = await readFile('manifests/base/rbac.yaml', 'utf8');
  const files = [...text.matchAll(/src\/[\w/-]+\.ts/g)].map(([file]) => file);
  t.ok(files.length >= 5);
  for (const file of files) t.ok(existsSync(file), file);
});

t.test('these roles are bound to the pods’ account, and break-glass to nobody', async (t) => {
  const bindings = base.filter(({ kind }) => kind.endsWith('RoleBinding')).map(bindingOf);
  const account = { kind: 'ServiceAccount', name: 'lockstep-webhook', namespace: 'lockstep-system' };
  t.same(bindings, [
    ['RoleBinding', 'lockstep-system', 'Role', 'lockstep-webhook', [account]],
    ['ClusterRoleBinding', undefined, 'ClusterRole', 'lockstep-webhook', [account]],
  ]);
  t.same(pick(base, 'ClusterRole', 'lockstep-break-glass').rules, [
    { apiGroups: ['lockstep.dev'], resources: ['breakglass'], verbs: ['use'] },
  ]);
});

t.test('a token goes to these pods alone, and not to whatever else runs as the account', async (t) => {
  t.equal(pick(base, 'ServiceAccount', 'lockstep-webhook').automountServiceAccountToken, false);
  const { spec } = pick(base, 'Deployment', 'lockstep-webhook').spec.template;
  t.equal(spec.automountServiceAccountToken, true);
});

t.test('the pods may call the API server and DNS, by port', async (t) => {
  const { policyTypes, egress } = pick(base, 'NetworkPolicy', 'lockstep-webhook').spec;
  t.same(policyTypes, ['Ingress', 'Egress']);
  const ports = egress.flatMap((rule: Loose) => rule.ports);
  t.same(
    ports.map(({ protocol, port }: Loose) => `${protocol} ${port}`),
    ['TCP 443', 'TCP 6443', 'UDP 53', 'TCP 53'],
  );
});

function bindingOf({ kind, metadata, roleRef, subjects }: Manifest) {
  return [kind, metadata.namespace, roleRef.kind, roleRef.name, subjects];
}
