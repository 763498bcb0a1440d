import { readdir, readFile } from 'node:fs/promises';
import t from 'tap';
import { parse } from 'yaml';
import { loadPolicies } from '../src/manifest/policies.ts';
import { kustomize, type Loose, type Manifest, pick } from './helpers/kustomize.ts';

const base = await kustomize('manifests');
const mutating = pick(base, 'MutatingWebhookConfiguration', 'lockstep');
const validating = pick(base, 'ValidatingWebhookConfiguration', 'lockstep');
const deployment = pick(base, 'Deployment', 'lockstep-webhook');

t.test('every overlay builds, and holds every object of the base', async (t) => {
  for (const overlay of await readdir('manifests/overlays')) {
    const built = await kustomize(`manifests/overlays/${overlay}`);
    const names = new Set(built.map(idOf));
    t.same(
      base.map(idOf).filter((id) => !names.has(id)),
      [],
      overlay,
    );
  }
});

t.test('the root names the base and nothing else', async (t) => {
  t.same(base, await kustomize('manifests/base'));
});

t.test('each configuration holds exactly one webhook, with the defaults that were measured', async (t) => {
  const common = {
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    matchPolicy: 'Equivalent',
    timeoutSeconds: 3,
    failurePolicy: 'Ignore',
    rules: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        resources: ['secrets'],
        operations: ['CREATE', 'UPDATE'],
        scope: 'Namespaced',
      },
    ],
    namespaceSelector: {
      matchExpressions: [
        {
          key: 'kubernetes.io/metadata.name',
          operator: 'NotIn',
          values: ['kube-system', 'kube-public', 'kube-node-lease', 'lockstep-system'],
        },
      ],
    },
  };
  const service = { name: 'lockstep-webhook', namespace: 'lockstep-system', port: 443 };
  const { matchConditions, ...mutate } = mutating.webhooks[0];
  t.strictSame(mutating.webhooks.length, 1);
  t.strictSame(mutate, {
    name: 'mutate.lockstep.dev',
    clientConfig: { service: { ...service, path: '/mutate' } },
    reinvocationPolicy: 'IfNeeded',
    ...common,
  });
  const { matchConditions: same, ...validate } = validating.webhooks[0];
  t.strictSame(validating.webhooks.length, 1);
  t.strictSame(validate, {
    name: 'validate.lockstep.dev',
    clientConfig: { service: { ...service, path: '/validate' } },
    ...common,
  });
  t.strictSame(matchConditions, same, 'both are called for the same requests');
});

t.test(
  'no caBundle is in the manifests, so that an apply never takes away the one that was put in',
  async (t) => {
    t.notMatch(JSON.stringify(base), /caBundle/);
  },
);

t.test(
  'fail-closed differs from the base in the failurePolicy of the validating webhook alone',
  async (t) => {
    const [webhook] = validating.webhooks;
    const strict = { ...validating, webhooks: [{ ...webhook, failurePolicy: 'Fail' }] };
    const expected = base.map((each) => (each === validating ? strict : each));
    t.strictSame(await kustomize('manifests/overlays/fail-closed'), expected);
  },
);

t.test(
  'cert-manager makes the certificate that the Deployment mounts, for the name that is called',
  async (t) => {
    const built = await kustomize('manifests/overlays/cert-manager');
    const { spec } = pick(built, 'Certificate', 'lockstep-webhook');
    const mounted = deployment.spec.template.spec.volumes.map((volume: Loose) => volume.secret.secretName);
    t.same(mounted, [spec.secretName]);
    t.ok(spec.dnsNames.includes('lockstep-webhook.lockstep-system.svc'));
    for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']) {
      const { annotations } = pick(built, kind, 'lockstep').metadata;
      t.equal(annotations['cert-manager.io/inject-ca-from'], 'lockstep-system/lockstep-webhook', kind);
    }
    const strict = await kustomize('manifests/overlays/cert-manager-fail-closed');
    t.equal(pick(strict, 'ValidatingWebhookConfiguration', 'lockstep').webhooks[0].failurePolicy, 'Fail');
  },
);

t.test("a team's own policies are mounted from a ConfigMap whose change rolls the pods", async (t) => {
  const built = await kustomize('manifests/overlays/team-policies');
  const { spec } = pick(built, 'Deployment', 'lockstep-webhook').spec.template;
  const volume = spec.volumes.find((each: Loose) => each.name === 'team-policies');
  t.match(volume.configMap.name, /^lockstep-team-policies-[a-z0-9]{10}$/);
  t.ok(pick(built, 'ConfigMap', volume.configMap.name).data['example.yaml']);
  const [container] = spec.containers;
  const mount = container.volumeMounts.find((each: Loose) => each.name === 'team-policies');
  const added = container.env.filter((each: Loose) => each.name === 'LOCKSTEP_POLICY');
  t.same(added, [{ name: 'LOCKSTEP_POLICY', value: mount.mountPath }]);
});

t.test('the example policy is one', async (t) => {
  const none = { dir: 'manifests/policies', drop: [] };
  const files = ['manifests/overlays/team-policies/example.yaml'];
  const { policies, warnings } = await loadPolicies(files, none, new Date());
  t.ok(policies.some(({ name }) => name === 'example'));
  t.same(warnings, []);
});

t.test('the audit policy keeps every Secret at Metadata', async (t) => {
  const { rules } = parse(await readFile('manifests/audit-policy.yaml', 'utf8'));
  const first = rules.find((rule: Loose) => rule.resources?.[0].resources.includes('secrets'));
  t.equal(first, rules[0], 'the first rule that matches counts');
  t.same(new Set(rules.map(({ level }: Loose) => level)), new Set(['Metadata']));
});

t.test('nothing may read a Secret: no right is bound to anybody, and the pods have no token', async (t) => {
  const bindings = base.filter(({ kind }) => kind.endsWith('RoleBinding'));
  t.same(bindings, []);
  const rights = base.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
  t.same(
    rights.map(({ metadata, rules }) => [metadata.name, rules]),
    [['lockstep-break-glass', [{ apiGroups: ['lockstep.dev'], resources: ['breakglass'], verbs: ['use'] }]]],
  );
  t.equal(pick(base, 'ServiceAccount', 'lockstep-webhook').automountServiceAccountToken, false);
  t.equal(deployment.spec.template.spec.automountServiceAccountToken, false);
});

t.test('the selectors of Services, budget, network policy and spread find the pods', async (t) => {
  const { labels } = deployment.spec.template.metadata;
  const selectors = [
    deployment.spec.selector.matchLabels,
    pick(base, 'Service', 'lockstep-webhook').spec.selector,
    pick(base, 'Service', 'lockstep-webhook-metrics').spec.selector,
    pick(base, 'PodDisruptionBudget', 'lockstep-webhook').spec.selector.matchLabels,
    pick(base, 'NetworkPolicy', 'lockstep-webhook').spec.podSelector.matchLabels,
    ...deployment.spec.template.spec.topologySpreadConstraints.map(
      (each: Loose) => each.labelSelector.matchLabels,
    ),
  ];
  for (const selector of selectors) t.match(labels, selector);
});

t.test('every port that is named is a port of the container', async (t) => {
  const [container] = deployment.spec.template.spec.containers;
  const ports = Object.fromEntries(container.ports.map((each: Loose) => [each.name, each.containerPort]));
  t.same(ports, { https: 8443, metrics: 9090 });
  const env = Object.fromEntries(container.env.map((each: Loose) => [each.name, each.value]));
  t.match(env, { LOCKSTEP_PORT: '8443', LOCKSTEP_METRICS_PORT: '9090', LOCKSTEP_CERT_DIR: '/tls' });
  const named = [
    ...['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => container[probe].httpGet.port),
    ...pick(base, 'Service', 'lockstep-webhook').spec.ports.map((each: Loose) => each.targetPort),
    ...pick(base, 'Service', 'lockstep-webhook-metrics').spec.ports.map((each: Loose) => each.targetPort),
    ...pick(base, 'NetworkPolicy', 'lockstep-webhook').spec.ingress[0].ports.map((each: Loose) => each.port),
  ];
  for (const name of named) t.ok(name in ports, name);
});

t.test('a pod that stops has time for its drain of 10 s and a last call of 3 s', async (t) => {
  t.ok(deployment.spec.template.spec.terminationGracePeriodSeconds > 10 + 3);
});

function idOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`;
}
