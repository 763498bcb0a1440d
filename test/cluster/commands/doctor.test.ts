import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { createCa } from '../../../src/tls/ca.ts';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { aCluster, aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { ROOT, start } from '../../helpers/cluster/lockstep.ts';
import { blocksOf, readPage, sectionOf } from '../../helpers/pages/pages.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { KUBERNETES } from '../../testbed/modules.ts';
import { until } from '../../testbed/process/until.ts';

const canary = aCanary();
const everything: string[] = [];

interface Told {
  readonly outcome: string;
  readonly message: string;
  readonly fix: string;
  readonly names: readonly string[];
}

/** `lockstep doctor --cluster` on the command line. */
async function typed(cluster: Cluster, args: readonly string[] = [], kubeconfig = cluster.kubeconfig) {
  const all = [entryPoint(), 'doctor', '--cluster', '--kubeconfig', kubeconfig, ...args];
  const { exited, stdout, stderr } = start(t, { file: process.execPath, args: all });
  const exitCode = await exited;
  everything.push(stdout(), stderr());
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

async function asked(cluster: Cluster, kubeconfig?: string) {
  const { exitCode, stdout, stderr } = await typed(cluster, ['--format', 'json'], kubeconfig);
  if (stdout === '') throw new Error(stderr);
  const { checks, summary } = JSON.parse(stdout) as {
    checks: readonly ({ readonly check: string } & Told)[];
    summary: Readonly<Record<string, number>>;
  };
  const found: Readonly<Record<string, Told | undefined>> = Object.fromEntries(
    checks.map(({ check, ...reported }) => [check, reported]),
  );
  return { exitCode, found, summary };
}

const apply = (cluster: Cluster, ...items: readonly object[]) => cluster.apply(items, '--server-side');

const rbac = 'rbac.authorization.k8s.io';
const aRole = (name: string, rules: readonly object[], labels = {}) => ({
  apiVersion: `${rbac}/v1`,
  kind: 'ClusterRole',
  metadata: { name, labels },
  rules,
});
const aBinding = (name: string, role: string, ...subjects: readonly object[]) => ({
  apiVersion: `${rbac}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
  subjects,
});
const anAccount = (name: string) => ({ kind: 'ServiceAccount', name, namespace: 'default' });
const READ_ALL = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }];

async function someone(cluster: Cluster, name: string): Promise<string> {
  await apply(cluster, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'default' },
  });
  return cluster.serviceAccountKubeconfig('default', name);
}

/** The bytes in etcd under that Secret. */
async function bytesOf(cluster: Cluster, name: string): Promise<string> {
  const key = Buffer.from(`/registry/secrets/default/${name}`).toString('base64');
  const response = await fetch(`${cluster.etcdUrl}/v3/kv/range`, {
    method: 'POST',
    body: JSON.stringify({ key }),
  });
  const { kvs } = (await response.json()) as { kvs: readonly { readonly value: string }[] };
  return Buffer.from(kvs[0]?.value ?? '', 'base64').toString('latin1');
}

const write = (cluster: Cluster, name: string) =>
  cluster.mustRun(['create', 'secret', 'generic', name, `--from-literal=SIGNING_PEPPER=${canary}`]);

t.test('diagnoses lockstep as installed', async (t) => {
  const { cluster } = await aClusterWithLockstep(t, { controllers: true });
  await write(cluster, 'app');

  await t.test('finds Secrets in plain text in etcd without encryption', async (t) => {
    t.match(await bytesOf(cluster, 'app'), canary);
    const { exitCode, found } = await asked(cluster);
    t.match(found['encrypted-at-rest'], {
      outcome: 'warning',
      message: /^Secrets are not encrypted in etcd; /,
    });
    t.equal(exitCode, 0, 'a warning is no fault');
  });

  await t.test('reports passed checks and possible improvements', async (t) => {
    const { found, summary } = await asked(cluster);
    for (const check of [
      'webhook-reached',
      'placeholder-refused',
      'ca-bundle',
      'ca-bundle-age',
      'authority-age',
    ])
      t.equal(found[check]?.outcome, 'ok', check);
    for (const check of ['open-to-all', 'secret-readers', 'webhook-writers', 'own-accounts'])
      t.match(found[check], { outcome: 'ok', names: [] }, check);
    t.match(found['fails-closed'], { outcome: 'warning', fix: /overlays\/fail-closed$/ });
    t.match(found.controller, { outcome: 'warning', message: /^no controller holds the Lease/ });
    t.match(summary, { fault: 0, unknown: 0 });
  });

  await t.test('prints one line for each check, with the fix', async (t) => {
    const { exitCode, stdout, stderr } = await typed(cluster);
    t.same([exitCode, stderr], [0, '']);
    t.match(stdout, /^ok {7}webhook-reached {6}the API server reaches lockstep$/m);
    t.match(
      stdout,
      /^warning {2}encrypted-at-rest {4}Secrets are not encrypted in etcd; .*\n {30}encrypt them: https:.*\/docs\/operate\/handling-of-values\.md#encryption-at-rest/m,
    );
    t.match(stdout, /\n13 checks: 9 well, 4 with a warning\n$/);
  });

  await t.test('recognises a leading controller, and a stopped one, by the Lease', async (t) => {
    const path = '/apis/coordination.k8s.io/v1/namespaces/lockstep-system/leases';
    const lease = (secondsAgo: number) => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'lockstep-controller', namespace: 'lockstep-system' },
      spec: {
        holderIdentity: 'lockstep-controller-0',
        leaseDurationSeconds: 600,
        renewTime: new Date(Date.now() - secondsAgo * 1000).toISOString().replace('Z', '000Z'),
      },
    });
    await apply(cluster, lease(0));
    t.equal((await asked(cluster)).found.controller?.outcome, 'ok');
    await apply(cluster, lease(3600));
    t.equal((await asked(cluster)).found.controller?.outcome, 'warning');
    await cluster.request(`${path}/lockstep-controller`, { method: 'DELETE' });
  });

  const setFailurePolicy = async (value: 'Fail' | 'Ignore'): Promise<void> => {
    const patch = [{ op: 'replace', path: '/webhooks/0/failurePolicy', value }];
    const configuration = ['validatingwebhookconfiguration', 'lockstep'];
    await cluster.mustRun(['patch', ...configuration, '--type=json', '-p', JSON.stringify(patch)]);
  };

  await t.test('recognises webhooks that fail closed, which need no floor', async (t) => {
    await setFailurePolicy('Fail');
    const { found } = await asked(cluster);
    t.equal(found['fails-closed']?.outcome, 'ok');
    t.match(found.floor, { outcome: 'ok', message: /no Secret is stored$/ });
    await setFailurePolicy('Ignore');
  });

  await t.test('names users with excess rights, also by an aggregated role', async (t) => {
    await apply(
      cluster,
      aRole('reads-all', READ_ALL),
      aBinding('ci-reads-all', 'reads-all', anAccount('ci'), { kind: 'User', name: 'jane', apiGroup: rbac }),
      aRole('part', [{ apiGroups: ['*'], resources: ['*'], verbs: ['patch'] }], { part: 'yes' }),
      {
        ...aRole('whole', []),
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'yes' } }] },
      },
      aBinding('patches', 'whole', { kind: 'Group', name: 'ops', apiGroup: rbac }),
      aBinding('admin', 'cluster-admin', {
        kind: 'ServiceAccount',
        name: 'dashboard',
        namespace: 'kube-system',
      }),
    );
    await until('the role to be put together', [], async () => {
      const { rules } = (await cluster.request(`/apis/${rbac}/v1/clusterroles/whole`)).json();
      return rules?.length === 1;
    });
    const { exitCode, found } = await asked(cluster);
    t.equal(exitCode, 0);
    t.match(found['secret-readers'], {
      outcome: 'warning',
      message: '3 subjects may read every Secret of the cluster',
      names: [
        'ServiceAccount kube-system/dashboard by ClusterRoleBinding admin of ClusterRole cluster-admin',
        'ServiceAccount default/ci by ClusterRoleBinding ci-reads-all of ClusterRole reads-all',
        'User jane by ClusterRoleBinding ci-reads-all of ClusterRole reads-all',
      ],
    });
    t.match(found['webhook-writers'], {
      outcome: 'warning',
      names: [/kube-system\/dashboard/, /^Group ops by/],
    });
  });

  await t.test('reports a floor that is missing, up to date, or behind the policies', async (t) => {
    const reported = async () => (await asked(cluster)).found.floor;
    t.match(await reported(), {
      outcome: 'warning',
      message: /^there is no floor/,
      fix: /docs\/tasks\/floor\.md$/,
    });

    const floor = join(ROOT, 'manifests', 'components', 'floor', 'floor.yaml');
    await cluster.mustRun(['apply', '--server-side', '-f', floor]);
    t.match(await reported(), { outcome: 'ok' });

    const policy = { kind: 'SecretPolicy', metadata: { name: 'shop' } };
    const spec = { match: { names: ['shop'] }, keys: { TOKEN: { required: true } } };
    await apply(cluster, { apiVersion: 'lockstep.dev/v1alpha1', ...policy, spec });
    t.match(await reported(), {
      outcome: 'warning',
      message: /^the floor is not that of the policies/,
      names: ['lockstep-floor is for other policies or settings'],
    });
    await cluster.mustRun(['delete', 'secretpolicy', 'shop']);
    await cluster.mustRun(['delete', '-f', floor]);
  });

  await t.test('reports an account of lockstep with an added right', async (t) => {
    const webhook = { kind: 'ServiceAccount', name: 'lockstep-webhook', namespace: 'lockstep-system' };
    await apply(cluster, aBinding('too-much', 'reads-all', webhook));
    const names = ['get', 'list'].map(
      (verb) => `ServiceAccount lockstep-system/lockstep-webhook may ${verb} secrets in all namespaces`,
    );
    await until(
      'the binding to count',
      [],
      async () => (await asked(cluster)).found['own-accounts']?.outcome === 'warning',
    );
    const { found } = await asked(cluster);
    t.match(found['own-accounts'], { outcome: 'warning' });
    for (const name of names) t.ok(found['own-accounts']?.names.includes(name), name);
  });

  await t.test('reports a fault if every user may read Secrets', async (t) => {
    await apply(
      cluster,
      aBinding('open', 'reads-all', { kind: 'Group', name: 'system:authenticated', apiGroup: rbac }),
    );
    const { exitCode, found } = await asked(cluster);
    t.equal(exitCode, 1);
    t.match(found['open-to-all'], {
      outcome: 'fault',
      names: [/^Group system:authenticated by ClusterRoleBinding open/],
    });
    await cluster.mustRun(['delete', 'clusterrolebinding', 'open']);
  });

  await t.test('reports each unanswered question to a user without rights, with exit code 2', async (t) => {
    const { exitCode, found, summary } = await asked(cluster, await someone(cluster, 'nobody'));
    t.equal(exitCode, 2);
    t.match(summary, { ok: 0, warning: 0, fault: 0, unknown: 13 });
    t.match(found['encrypted-at-rest'], {
      message: /reading \/metrics: forbidden/,
      fix: /has the rights that it takes/,
    });
    t.match(found['secret-readers'], {
      message: 'this user may not list clusterroles',
      fix: /has the rights that it takes/,
    });
  });

  await t.test('answers every question with the ClusterRole of the page', async () => {
    const section = sectionOf(await readPage('docs/reference/doctor.md'), '### Rights of the doctor');
    const yaml = blocksOf(section).find(({ language }) => language === 'yaml')?.text ?? '';
    await cluster.apply(yaml);
    const roles = yaml
      .split(/^---$/m)
      .map((text) => parse(text) as { kind: string; metadata: { name: string } });
    const kubeconfig = await someone(cluster, 'doctor');
    for (const { kind, metadata } of roles) {
      const [binding, ...where] =
        kind === 'Role'
          ? ['rolebinding', '-n', 'lockstep-system', `--role=${metadata.name}`]
          : ['clusterrolebinding', `--clusterrole=${metadata.name}`];
      await cluster.mustRun(['create', binding ?? '', 'doctor', ...where, '--serviceaccount=default:doctor']);
    }
    await until(
      'the bindings to count',
      [],
      async () => (await asked(cluster, kubeconfig)).summary.unknown === 0,
    );
  });

  await t.test('warns about a CA that ends soon, and reports an expired one as a fault', async (t) => {
    for (const [days, outcome] of [
      [20, 'warning'],
      [-1, 'fault'],
    ] as const) {
      const { cert } = await createCa({
        now: new Date(Date.now() - 30 * 24 * 60 * 60 * 1000),
        days: days + 30,
      });
      const patch = JSON.stringify({ stringData: { 'next.crt': cert } });
      await cluster.mustRun(['-n', 'lockstep-system', 'patch', 'secret', 'lockstep-webhook-ca', '-p', patch]);
      const { found } = await asked(cluster);
      t.match(found['authority-age'], {
        outcome,
        names: [/^next\.crt of Secret lockstep-system\/lockstep-webhook-ca: ends /],
      });
    }
  });

  await t.test('reports a namespace without lockstep, and a cluster that does not answer', async (t) => {
    const { exitCode } = await typed(cluster, ['--lockstep-namespace', 'default']);
    t.equal(exitCode, 1);
    t.match(await typed(cluster, [], '/nowhere'), {
      exitCode: 2,
      stdout: '',
      stderr: /^lockstep: .*\/nowhere/,
    });
  });
});

t.test('diagnoses a cluster with an EncryptionConfiguration', async (t) => {
  const encryption = anEncryption(t, AESCBC, IDENTITY);
  const cluster = await aCluster(t, { apiServerFlags: [`--encryption-provider-config=${encryption.path}`] });
  const reported = async () => (await asked(cluster)).found['encrypted-at-rest'];

  await t.test('claims nothing about encryption before the first Secret is written', async (t) => {
    t.match(await reported(), { outcome: 'unknown', message: /neither written nor read/ });
  });

  await t.test('recognises encrypted Secrets in etcd', async (t) => {
    await write(cluster, 'encrypted');
    t.match(
      await reported(),
      COUNTS_SECRETS
        ? { outcome: 'ok', message: /^Secrets are encrypted in etcd \(aescbc\)/ }
        : COUNTED_TOGETHER,
    );
    const bytes = await bytesOf(cluster, 'encrypted');
    t.match(bytes, /^k8s:enc:aescbc:v1:key:/);
    t.notMatch(bytes, canary);
  });

  await t.test('claims nothing about future writes after a start', async (t) => {
    await cluster.restartApiServer();
    // Otherwise only the start of the API server reads Secrets, at a time of its own.
    await cluster.mustRun(['get', 'secret', 'encrypted']);
    t.match(await reported(), { outcome: 'unknown', message: /read were encrypted \(aescbc\)/ });
  });

  await t.test('recognises plain text if identity is the first provider', async (t) => {
    encryption.becomes(IDENTITY, AESCBC);
    await cluster.restartApiServer();
    await write(cluster, 'plain');
    t.match(await reported(), { outcome: 'warning', message: /identity is the first provider/ });
    t.match(await bytesOf(cluster, 'plain'), canary);
  });

  await t.test(
    'reports Secrets that were stored before encryption until they are written again',
    async (t) => {
      encryption.becomes(SECRETBOX, IDENTITY, AESCBC);
      await cluster.restartApiServer();
      await write(cluster, 'boxed');
      t.match(await bytesOf(cluster, 'boxed'), /^k8s:enc:secretbox:v1:key:/);
      await cluster.mustRun(['get', 'secret', 'plain']);
      const { message, fix } = { ...(await reported()) };
      t.match(message, /lie in etcd in plain text: .*encrypted \(secretbox\)$/);
      const [, command = ''] = /(kubectl get secrets .*replace -f -);/.exec(fix ?? '') ?? [];
      t.equal(command, 'kubectl get secrets -A -o json | kubectl replace -f -');
      const all = await cluster.mustRun(['get', 'secrets', '-A', '-o', 'json']);
      await cluster.mustRun(['replace', '-f', '-'], { input: all.stdout });
      t.match(await bytesOf(cluster, 'plain'), /^k8s:enc:secretbox:v1:key:/);
      await cluster.restartApiServer();
      await write(cluster, 'later');
      t.match(await reported(), {
        outcome: COUNTS_SECRETS ? 'ok' : 'unknown',
        message: /\(secretbox\)/,
      });
    },
  );

  await t.test('recognises plain text if the configuration names other kinds only', async (t) => {
    const other = anEncryption(t, AESCBC);
    other.isFor('configmaps');
    const another = await aCluster(t, { apiServerFlags: [`--encryption-provider-config=${other.path}`] });
    await write(another, 'app');
    const { found } = await asked(another);
    t.match(
      found['encrypted-at-rest'],
      COUNTS_SECRETS
        ? { outcome: 'warning', message: /its EncryptionConfiguration is not for Secrets/ }
        : COUNTED_TOGETHER,
    );
    t.match(found['ca-bundle'], {
      outcome: 'fault',
      names: ['mutate.lockstep.dev', 'validate.lockstep.dev'],
    });
  });
});

t.test('prints no value of a Secret', async (t) => {
  t.ok(everything.join('').length > 10_000);
  t.same(findCanaries(everything.join('\n'), [canary]), []);
});

/** Before Kubernetes 1.32, the API server counts the encrypted objects of all kinds together. */
const COUNTS_SECRETS = KUBERNETES !== 'oldest';
const COUNTED_TOGETHER = { outcome: 'unknown', message: /encrypts objects in etcd \(aescbc\)/ };
const KEY = { keys: [{ name: 'key', secret: Buffer.alloc(32, 7).toString('base64') }] };
const AESCBC = { aescbc: KEY };
const SECRETBOX = { secretbox: KEY };
const IDENTITY = { identity: {} };

/** The file that the API server reads at its start. */
function anEncryption(t: Test, ...first: readonly object[]) {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-encryption-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'encryption.json');
  let resources = ['secrets'];
  let providers = first;
  const store = () =>
    writeFileSync(
      path,
      JSON.stringify({
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'EncryptionConfiguration',
        resources: [{ resources, providers }],
      }),
    );
  store();
  return {
    path,
    becomes: (...others: readonly object[]) => {
      providers = others;
      store();
    },
    isFor: (kind: string) => {
      resources = [kind];
      store();
    },
  };
}
