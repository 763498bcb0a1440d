import t from 'tap';
import { kustomize, type Loose, type Manifest, pick } from '../helpers/cluster/kustomize.ts';

const base = await kustomize('manifests');
const mutating = pick(base, 'MutatingWebhookConfiguration', 'lockstep');
const validating = pick(base, 'ValidatingWebhookConfiguration', 'lockstep');
const breakGlass = pick(base, 'ValidatingAdmissionPolicy', 'lockstep-break-glass');

/** What every webhook has, with the defaults that were measured. */
const common = (path: string) => ({
  clientConfig: { service: { name: 'lockstep-webhook', namespace: 'lockstep-system', port: 443, path } },
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  matchPolicy: 'Equivalent',
  timeoutSeconds: 3,
});
const secrets = (...operations: string[]) => [
  { apiGroups: [''], apiVersions: ['v1'], resources: ['secrets'], operations, scope: 'Namespaced' },
];
const everywhereElse = {
  matchExpressions: [
    {
      key: 'kubernetes.io/metadata.name',
      operator: 'NotIn',
      values: ['kube-system', 'kube-public', 'kube-node-lease', 'lockstep-system'],
    },
  ],
};

t.test(
  'Secrets are asked about by exactly one webhook of each kind, under the same conditions',
  async (t) => {
    const { matchConditions, ...mutate } = webhookOf(mutating, 'mutate.lockstep.dev');
    const { matchConditions: same, ...validate } = webhookOf(validating, 'validate.lockstep.dev');
    const shared = {
      failurePolicy: 'Ignore',
      rules: secrets('CREATE', 'UPDATE'),
      namespaceSelector: everywhereElse,
    };
    t.strictSame(mutate, {
      name: 'mutate.lockstep.dev',
      ...common('/mutate'),
      ...shared,
      reinvocationPolicy: 'IfNeeded',
    });
    t.strictSame(validate, { name: 'validate.lockstep.dev', ...common('/validate'), ...shared });
    t.strictSame(matchConditions, same);
    t.same(namesOf(mutating), ['mutate.lockstep.dev']);
    t.same(namesOf(validating), ['validate.lockstep.dev', 'policies.lockstep.dev', 'probe.lockstep.dev']);
  },
);

t.test(
  'no write of a record is asked about, which would hold up the controller while every pod is down',
  async (t) => {
    for (const conditions of [
      webhookOf(mutating, 'mutate.lockstep.dev').matchConditions,
      webhookOf(validating, 'validate.lockstep.dev').matchConditions,
      breakGlass.spec.matchConditions,
    ]) {
      const { expression } = conditions.find(({ name }: Loose) => name === 'not-an-excluded-type');
      t.same(expression.match(/'[^']+'/g), [
        "'helm.sh/release.v1'",
        "'kubernetes.io/service-account-token'",
        "'bootstrap.kubernetes.io/token'",
        "'lockstep.dev/record'",
      ]);
    }
  },
);

t.test('policies are asked about, and can be corrected while every pod is down', async (t) => {
  t.strictSame(webhookOf(validating, 'policies.lockstep.dev'), {
    name: 'policies.lockstep.dev',
    ...common('/validate-policy'),
    failurePolicy: 'Ignore',
    rules: [
      {
        apiGroups: ['lockstep.dev'],
        apiVersions: ['v1alpha1'],
        resources: ['secretpolicies'],
        operations: ['CREATE', 'UPDATE'],
        scope: 'Cluster',
      },
      {
        apiGroups: ['lockstep.dev'],
        apiVersions: ['v1alpha1'],
        resources: ['postgrescredentials', 'rediscredentials'],
        operations: ['CREATE', 'UPDATE'],
        scope: 'Namespaced',
      },
    ],
  });
});

t.test('the self-probe fails closed, and is confined to a dry run of the pods on their Secret', async (t) => {
  const { matchConditions, ...probe } = webhookOf(validating, 'probe.lockstep.dev');
  t.strictSame(probe, {
    name: 'probe.lockstep.dev',
    ...common('/validate'),
    failurePolicy: 'Fail',
    rules: secrets('UPDATE'),
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'lockstep-system' } },
  });
  const [{ expression }] = matchConditions;
  for (const part of [
    'request.dryRun &&',
    "request.name == 'lockstep-webhook-ca' &&",
    "request.userInfo.username == 'system:serviceaccount:lockstep-system:lockstep-webhook'",
  ]) {
    t.ok(expression.includes(part), part);
  }
});

t.test('what tells of break-glass does so for exactly the writes that the webhooks let by', async (t) => {
  const { matchConstraints, matchConditions, failurePolicy } = breakGlass.spec;
  t.equal(failurePolicy, 'Ignore');
  t.strictSame(matchConstraints, {
    resourceRules: secrets('CREATE', 'UPDATE'),
    namespaceSelector: everywhereElse,
  });
  const conditions = webhookOf(validating, 'validate.lockstep.dev').matchConditions;
  t.strictSame(matchConditions.slice(0, -1), conditions.slice(0, -1));
  t.equal(`!${matchConditions.at(-1).expression}`, conditions.at(-1).expression);
  const { spec } = pick(base, 'ValidatingAdmissionPolicyBinding', 'lockstep-break-glass');
  t.same(spec, { policyName: 'lockstep-break-glass', validationActions: ['Warn', 'Audit'] });
});

t.test('what lockstep leaves out by itself, the account of its controller may not write', async (t) => {
  for (const what of ['secrets', 'workloads']) {
    const name = `lockstep-controller-${what}-guard`;
    const { spec } = pick(base, 'ValidatingAdmissionPolicy', name);
    t.equal(spec.failurePolicy, 'Fail');
    const namespaces = [...spec.validations[0].expression.matchAll(/'([^']+)'/g)].map(([, each]) => each);
    t.same(namespaces, everywhereElse.matchExpressions[0]?.values);
    t.same(pick(base, 'ValidatingAdmissionPolicyBinding', name).spec.validationActions, ['Deny']);
  }
});

function webhookOf(configuration: Manifest, name: string): Loose {
  return configuration.webhooks.find((each: Loose) => each.name === name);
}

function namesOf(configuration: Manifest): string[] {
  return configuration.webhooks.map((each: Loose) => each.name);
}
