import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import t from 'tap';
import { SERVER_PORTS } from '../../src/engine/login/server-kinds/kinds.ts';
import { kustomize, type Loose, type Manifest, pick } from '../helpers/cluster/kustomize.ts';

const base = await kustomize('manifests');

const READING = new Set(['get', 'list', 'watch']);

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
    { apiGroups: [''], resources: ['events'], verbs: ['create'] },
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
  for (const path of ['manifests/base/rbac.yaml', 'manifests/base/controller/rbac.yaml']) {
    const text = await readFile(path, 'utf8');
    const files = [...text.matchAll(/src\/[\w/-]+\.ts/g)].map(([file]) => file);
    t.ok(files.length >= 5);
    for (const file of files) t.ok(existsSync(file), file);
  }
});

t.test(
  'the controller may change Secrets and restart who reads them, and no other right is for all there is',
  async (t) => {
    const rules: Loose[] = pick(base, 'ClusterRole', 'lockstep-controller').rules;
    const changed = rules.filter(({ verbs }) => verbs.some((verb: string) => !READING.has(verb)));
    t.same(
      changed.flatMap(({ resources, verbs }) =>
        resources.map(
          (resource: string) => `${resource}: ${verbs.filter((verb: string) => !READING.has(verb))}`,
        ),
      ),
      [
        'secrets: patch',
        'secrets: create,delete',
        'events: create',
        'postgrescredentials: patch',
        'rediscredentials: patch',
        'postgrescredentials/status: patch',
        'rediscredentials/status: patch',
        'deployments: patch',
        'statefulsets: patch',
        'daemonsets: patch',
        'cronjobs: patch',
        'rollouts: patch',
        'policyreports: create',
        'policyreports: patch,delete',
        'reports: create',
        'reports: patch,delete',
      ],
    );
    t.notMatch(JSON.stringify(rules), /"\*"|deletecollection|impersonate|escalate|bind|serviceaccounts|pods/);
    t.same(pick(base, 'Role', 'lockstep-controller').rules, [
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        resourceNames: ['lockstep-controller'],
        verbs: ['get', 'update'],
      },
    ]);
  },
);

t.test('each account is bound to its own roles, and break-glass to nobody', async (t) => {
  const bindings = base.filter(({ kind }) => kind.endsWith('RoleBinding')).map(bindingOf);
  const expected = ['lockstep-controller', 'lockstep-webhook'].flatMap((name) => {
    const account = { kind: 'ServiceAccount', name, namespace: 'lockstep-system' };
    return [
      ['RoleBinding', 'lockstep-system', 'Role', name, [account]],
      ['ClusterRoleBinding', undefined, 'ClusterRole', name, [account]],
    ];
  });
  t.same(
    new Set(bindings.map((each) => JSON.stringify(each))),
    new Set(expected.map((each) => JSON.stringify(each))),
  );
  t.same(pick(base, 'ClusterRole', 'lockstep-break-glass').rules, [
    { apiGroups: ['lockstep.dev'], resources: ['breakglass'], verbs: ['use'] },
  ]);
});

t.test('teams get the kind with the roles that they have, and nothing of Secrets with it', async (t) => {
  const aggregated = base.filter(({ metadata }) => /aggregate-to/.test(JSON.stringify(metadata.labels)));
  t.same(
    aggregated.map(({ metadata }) => metadata.name),
    ['lockstep-edit', 'lockstep-view'],
  );
  for (const { rules } of aggregated)
    t.match(rules, [{ apiGroups: ['lockstep.dev'], resources: ['postgrescredentials', 'rediscredentials'] }]);
});

t.test('a token goes to the pods of an account alone, and not to whatever else runs as it', async (t) => {
  for (const name of ['lockstep-webhook', 'lockstep-controller']) {
    t.equal(pick(base, 'ServiceAccount', name).automountServiceAccountToken, false);
    const { spec } = pick(base, 'Deployment', name).spec.template;
    t.same([spec.serviceAccountName, spec.automountServiceAccountToken], [name, true]);
  }
});

t.test('the pods may call the API server and DNS, and the controller its servers, by port', async (t) => {
  for (const [name, more] of [
    ['lockstep-webhook', []],
    ['lockstep-controller', ['TCP 5432', 'TCP 6379']],
  ] as const) {
    const { policyTypes, egress } = pick(base, 'NetworkPolicy', name).spec;
    t.same(policyTypes, ['Ingress', 'Egress']);
    const ports = egress.flatMap((rule: Loose) => rule.ports);
    t.same(
      ports.map(({ protocol, port }: Loose) => `${protocol} ${port}`),
      ['TCP 443', 'TCP 6443', 'UDP 53', 'TCP 53', ...more],
    );
  }
  t.same(SERVER_PORTS, [5432, 6379], 'connect asks for a port for any other server');
});

function bindingOf({ kind, metadata, roleRef, subjects }: Manifest) {
  return [kind, metadata.namespace, roleRef.kind, roleRef.name, subjects];
}
