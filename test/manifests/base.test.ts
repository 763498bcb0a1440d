import { readFile } from 'node:fs/promises';
import t from 'tap';
import { parse } from 'yaml';
import { kustomize, type Loose, pick } from '../helpers/cluster/kustomize.ts';

const base = await kustomize('manifests');
const deployment = pick(base, 'Deployment', 'lockstep-webhook');
const controller = pick(base, 'Deployment', 'lockstep-controller');

t.test('the root names the base and nothing else', async (t) => {
  t.same(base, await kustomize('manifests/base'));
});

t.test(
  'no caBundle is in the manifests, so that an apply never takes away the one that was put in',
  async (t) => {
    t.notMatch(JSON.stringify(base), /"caBundle":/);
  },
);

t.test('the CA Secret is shipped without data, so that an apply never takes the CA away', async (t) => {
  const { apiVersion, kind, metadata, ...rest } = pick(base, 'Secret', 'lockstep-webhook-ca');
  t.same(rest, { type: 'Opaque' });
});

t.test('no object is of a kind that the same apply brings, which fails the first time', async (t) => {
  const brought = base
    .filter(({ kind }) => kind === 'CustomResourceDefinition')
    .map(({ spec }) => spec.names);
  t.same(
    brought.map(({ kind }) => kind),
    ['PostgresCredential', 'RedisCredential', 'SecretPolicy'],
  );
  t.notOk(base.some(({ kind }) => brought.some((names) => names.kind === kind)));
});

t.test('what belongs to the cluster names no namespace, and all else names this one', async (t) => {
  const NAMESPACED = ['ServiceAccount', 'Role', 'RoleBinding', 'Secret', 'Service', 'Deployment'];
  for (const { kind, metadata } of base) {
    const isNamespaced = [...NAMESPACED, 'PodDisruptionBudget', 'NetworkPolicy'].includes(kind);
    t.equal(metadata.namespace, isNamespaced ? 'lockstep-system' : undefined, `${kind} ${metadata.name}`);
  }
});

t.test('nothing holds up its own deletion', async (t) => {
  t.same(
    base.filter(({ metadata }) => metadata.finalizers !== undefined),
    [],
  );
});

t.test('the audit policy keeps every Secret at Metadata', async (t) => {
  const { rules } = parse(await readFile('manifests/audit-policy.yaml', 'utf8'));
  const first = rules.find((rule: Loose) => rule.resources?.[0].resources.includes('secrets'));
  t.equal(first, rules[0], 'the first rule that matches counts');
  t.same(new Set(rules.map(({ level }: Loose) => level)), new Set(['Metadata']));
});

t.test(
  'the selectors of Services, budget, network policy and spread find the pods of one of the two, and no other',
  async (t) => {
    for (const { metadata, spec } of [deployment, controller]) {
      const { name } = metadata;
      const selectors = [
        spec.selector.matchLabels,
        pick(base, 'Service', `${name}-metrics`).spec.selector,
        pick(base, 'PodDisruptionBudget', name).spec.selector.matchLabels,
        pick(base, 'NetworkPolicy', name).spec.podSelector.matchLabels,
        ...spec.template.spec.topologySpreadConstraints.map((each: Loose) => each.labelSelector.matchLabels),
      ];
      const component = name.replace('lockstep-', '');
      for (const selector of selectors) {
        t.match(spec.template.metadata.labels, selector);
        t.equal(selector['app.kubernetes.io/component'], component);
      }
    }
    t.match(
      deployment.spec.template.metadata.labels,
      pick(base, 'Service', 'lockstep-webhook').spec.selector,
    );
  },
);

t.test('every port that is named is a port of the container', async (t) => {
  const [container] = deployment.spec.template.spec.containers;
  const ports = Object.fromEntries(container.ports.map((each: Loose) => [each.name, each.containerPort]));
  t.same(ports, { https: 8443, metrics: 9090 });
  const env = Object.fromEntries(container.env.map((each: Loose) => [each.name, each.value]));
  t.match(env, { LOCKSTEP_PORT: '8443', LOCKSTEP_METRICS_PORT: '9090' });
  const named = [
    ...['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) => container[probe].httpGet.port),
    ...pick(base, 'Service', 'lockstep-webhook').spec.ports.map((each: Loose) => each.targetPort),
    ...pick(base, 'Service', 'lockstep-webhook-metrics').spec.ports.map((each: Loose) => each.targetPort),
    ...pick(base, 'NetworkPolicy', 'lockstep-webhook').spec.ingress[0].ports.map((each: Loose) => each.port),
  ];
  for (const name of named) t.ok(name in ports, name);
});

t.test('the controller has one port, which probes and metrics go to, and nobody else', async (t) => {
  const [container] = controller.spec.template.spec.containers;
  t.same(container.ports, [{ name: 'metrics', containerPort: 9090 }]);
  const env = Object.fromEntries(container.env.map((each: Loose) => [each.name, each.value]));
  t.match(env, { LOCKSTEP_METRICS_PORT: '9090' });
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
    t.equal(container[probe].httpGet.port, 'metrics', probe);
  const { ingress } = pick(base, 'NetworkPolicy', 'lockstep-controller').spec;
  t.same(ingress, [{ ports: [{ port: 'metrics', protocol: 'TCP' }] }]);
  const services = base.filter(
    ({ kind, metadata }) => kind === 'Service' && /controller/.test(metadata.name),
  );
  t.same(
    services.map(({ spec }) => spec.ports),
    [[{ name: 'metrics', port: 9090, targetPort: 'metrics' }]],
  );
});

t.test('all that is the controller’s has its label, by which it can be taken away', async (t) => {
  const labelled = base.filter(
    ({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'controller',
  );
  const named = base.filter(({ metadata }) => metadata.name.startsWith('lockstep-controller'));
  t.same(labelled, named);
});

t.test(
  'the containers meet the Pod Security level that their namespace enforces, and write nothing',
  async (t) => {
    t.match(pick(base, 'Namespace', 'lockstep-system').metadata.labels, {
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    for (const { metadata, spec: deployed } of [deployment, controller]) {
      const { spec } = deployed.template;
      t.match(spec.securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      const [container, ...others] = spec.containers;
      t.same(others, []);
      t.same(container.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        privileged: false,
        capabilities: { drop: ['ALL'] },
      });
      t.notMatch(JSON.stringify(spec), /hostNetwork|hostPath|hostPID|hostIPC|initContainers/);
      t.ok(
        container.resources.limits.memory,
        `${metadata.name}: one pod can not take the memory of its node`,
      );
    }
  },
);

t.test('a pod that stops has time for its drain of 10 s and a last call of 3 s', async (t) => {
  t.ok(deployment.spec.template.spec.terminationGracePeriodSeconds > 10 + 3);
});

t.test('a webhook that is held up for some seconds stays ready', async (t) => {
  const { timeoutSeconds, failureThreshold } = deployment.spec.template.spec.containers[0].readinessProbe;
  t.ok(timeoutSeconds >= 5 && failureThreshold >= 3, `${timeoutSeconds} s, ${failureThreshold} times`);
});
