import { readdir } from 'node:fs/promises';
import t from 'tap';
import { kustomize, type Loose, type Manifest, pick } from '../helpers/cluster/kustomize.ts';

const base = await kustomize('manifests');

t.test('every overlay builds, and holds every object of the base', async (t) => {
  for (const overlay of await readdir('manifests/overlays')) {
    const names = new Set((await kustomize(`manifests/overlays/${overlay}`)).map(idOf));
    t.same(
      base.map(idOf).filter((id) => !names.has(id)),
      [],
      overlay,
    );
  }
});

t.test('fail-closed differs from the base in the failurePolicy of validate.lockstep.dev alone', async (t) => {
  const expected = withFail(base);
  t.notSame(expected, base);
  t.strictSame(await kustomize('manifests/overlays/fail-closed'), expected);
});

t.test('warn differs from the base in what findings do at most, at admission and later', async (t) => {
  t.strictSame(await kustomize('manifests/overlays/warn'), withVariable(base, 'LOCKSTEP_MAX_ACTION', 'Warn'));
});

t.test('under audit findings are only recorded, and nobody is asked what to change', async (t) => {
  const expected = withVariable(base, 'LOCKSTEP_MAX_ACTION', 'Audit').map((each) =>
    each.kind === 'MutatingWebhookConfiguration'
      ? { ...each, webhooks: [{ ...each.webhooks[0], rules: [] }] }
      : each,
  );
  t.strictSame(await kustomize('manifests/overlays/audit'), expected);
});

t.test(
  'webhook-only has no controller that runs, and no account that may do anything with Secrets',
  async (t) => {
    const emptied = base.map((each) => {
      if (each.metadata.name !== 'lockstep-controller') return each;
      if (each.kind === 'Deployment') return { ...each, spec: { ...each.spec, replicas: 0 } };
      return each.kind.endsWith('Role') ? { ...each, rules: [] } : each;
    });
    t.notSame(emptied, base);
    const built = await kustomize('manifests/overlays/webhook-only');
    t.strictSame(built, emptied);
    const rules = built.filter(({ kind }) => kind.endsWith('Role')).flatMap((role) => role.rules as Loose[]);
    t.same(
      rules.filter(({ resources }) => resources.includes('secrets')).map((rule) => rule.resourceNames),
      [['lockstep-webhook-ca']],
    );
  },
);

t.test('a certificate that is not the pods’ own is mounted, and they are told where', async (t) => {
  for (const overlay of ['files', 'cert-manager', 'cert-manager-fail-closed']) {
    const { spec } = pick(await kustomize(`manifests/overlays/${overlay}`), 'Deployment', 'lockstep-webhook')
      .spec.template;
    const [container] = spec.containers;
    t.same(
      spec.volumes.map(({ name, secret }: Loose) => [name, secret.secretName]),
      [['tls', 'lockstep-webhook-tls']],
      overlay,
    );
    t.same(container.volumeMounts, [{ name: 'tls', mountPath: '/tls', readOnly: true }], overlay);
    const variable = container.env.find((each: Loose) => each.name === 'LOCKSTEP_CERT_DIR');
    t.equal(variable.value, '/tls', overlay);
  }
});

t.test('pods that are given their certificate may read no Secret, and change no webhook', async (t) => {
  const given = await kustomize('manifests/overlays/files');
  t.same(pick(given, 'Role', 'lockstep-webhook').rules, [
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['lockstep-webhook-ca'], verbs: ['patch'] },
  ]);
  const rulesIn = (objects: readonly Manifest[]) => pick(objects, 'ClusterRole', 'lockstep-webhook').rules;
  const withoutConfigurations = rulesIn(base).filter(
    ({ apiGroups }: Loose) => !apiGroups.includes('admissionregistration.k8s.io'),
  );
  t.equal(withoutConfigurations.length, rulesIn(base).length - 1);
  t.strictSame(rulesIn(given), withoutConfigurations);
});

t.test('cert-manager makes the certificate for the name that is called, and puts its CA in', async (t) => {
  const built = await kustomize('manifests/overlays/cert-manager');
  const { spec } = pick(built, 'Certificate', 'lockstep-webhook');
  t.equal(spec.secretName, 'lockstep-webhook-tls');
  t.ok(spec.dnsNames.includes('lockstep-webhook.lockstep-system.svc'));
  for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']) {
    const { annotations } = pick(built, kind, 'lockstep').metadata;
    t.equal(annotations['cert-manager.io/inject-ca-from'], 'lockstep-system/lockstep-webhook', kind);
  }
  t.strictSame(await kustomize('manifests/overlays/cert-manager-fail-closed'), withFail(built));
});

function withFail(objects: readonly Manifest[]): readonly Manifest[] {
  const strict = (webhook: Loose) =>
    webhook.name === 'validate.lockstep.dev' ? { ...webhook, failurePolicy: 'Fail' } : webhook;
  return objects.map((each) =>
    each.kind === 'ValidatingWebhookConfiguration' ? { ...each, webhooks: each.webhooks.map(strict) } : each,
  );
}

/** kustomize puts what it merges into `env` first. */
function withVariable(objects: readonly Manifest[], name: string, value: string): Manifest[] {
  const changed = structuredClone(objects) as Manifest[];
  for (const { kind, spec } of changed) {
    if (kind === 'Deployment') spec.template.spec.containers[0].env.unshift({ name, value });
  }
  return changed;
}

function idOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`;
}
