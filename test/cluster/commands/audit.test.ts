import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { connect } from '../../../src/kube/client/connect.ts';
import { listSecrets } from '../../../src/kube/secrets/list-secrets.ts';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { start } from '../../helpers/cluster/lockstep.ts';
import { userWithRules } from '../../helpers/cluster/service-account.ts';
import { GOOD, STORY } from '../../helpers/engine/engine.ts';
import { blocksOf, ROOT, readPage } from '../../helpers/pages/pages.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { until } from '../../testbed/process/until.ts';

// A compaction every second, so that a list expires during the read.
const cluster = await aCluster(t, { apiServerFlags: ['--etcd-compaction-interval=1s'] });
const apply = (...items: readonly object[]) => cluster.apply(items, '--server-side');

const aNamespace = (name: string, labels: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const aSecret = (
  ref: string,
  stringData: Readonly<Record<string, string>>,
  metadata: object = {},
  more = {},
) => {
  const [namespace, name] = ref.split('/');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, ...metadata },
    stringData,
    ...more,
  };
};

const someoneWho = (name: string, rules: Parameters<typeof userWithRules>[2]) =>
  userWithRules(cluster, name, rules);

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The rights that docs/reference/audit.md names. */
const rules: readonly Rule[] = blocksOf(await readPage('docs/reference/audit.md'))
  .filter(({ language }) => language === 'yaml')
  .map(({ text }) => parse(text))
  .find(({ kind }) => kind === 'ClusterRole').rules;
const auditor = await someoneWho('auditor', rules);

interface Ran {
  readonly exitCode: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

async function audit(args: readonly string[] = [], kubeconfig = auditor): Promise<Ran> {
  const all = [entryPoint(), 'audit', '--kubeconfig', kubeconfig, ...args];
  const { exited, stdout, stderr } = start(t, { file: process.execPath, args: all });
  return { exitCode: await exited, stdout: stdout(), stderr: stderr() };
}

const json = async (args: readonly string[] = [], kubeconfig = auditor) => {
  const { stdout, ...rest } = await audit([...args, '--format', 'json'], kubeconfig);
  return { ...rest, stdout, report: JSON.parse(stdout) };
};

const canary = aCanary();
const PROD = { env: 'prod' };
const BAD = { JWT_SECRET: 'CHANGE_ME' };

t.test('passes a cluster without Secrets in which lockstep is not installed', async (t) => {
  t.same(await audit(['--summary']).then(({ exitCode, stderr }) => ({ exitCode, stderr })), {
    exitCode: 0,
    stderr: '',
  });
  const crd = readFileSync(join(ROOT, 'manifests', 'crds', 'secretpolicies.yaml'), 'utf8');
  await cluster.apply(crd, '--server-side');
  await cluster.mustRun(['wait', '--for=condition=Established', 'crd/secretpolicies.lockstep.dev']);
  await apply(aNamespace('payments', PROD), aNamespace('shop', PROD), aNamespace('test'));
  await apply(
    aSecret('payments/good', STORY),
    aSecret('payments/stale', { ...STORY, DATABASE_URL: `postgresql://recon:${canary}@db/reconciliation` }),
    aSecret(
      'payments/owned',
      { ...STORY, DATABASE_URL: `postgresql://recon:${canary}@db/reconciliation` },
      { labels: { 'reconcile.external-secrets.io/managed': 'true' } },
    ),
    aSecret('shop/bad', { ...BAD, API_KEY: `changeme-${canary}` }),
    aSecret('shop/partner', { PARTNER_KEY: 'CHANGE_ME' }),
    aSecret('shop/pin', { PIN: '73914402' }),
    aSecret('test/pin', { PIN: '73914402' }),
    aSecret(
      'test/odd',
      JSON.parse(`{"__proto__":"${canary}","constructor":"CHANGE_ME","TOKEN":"${canary}"}`),
    ),
    aSecret('test/large', { ...BAD, KEYSTORE: canary.repeat(25_000) }),
    aSecret('test/sh.helm.release.v1.app.v1', { release: 'CHANGE_ME' }, {}, { type: 'helm.sh/release.v1' }),
    aSecret('kube-system/system', BAD),
  );
});

const policies = [
  aSecretPolicy('pins', {
    match: { namespaceSelector: { matchLabels: PROD } },
    keys: { PIN: { minLength: 12 } },
  }),
  aSecretPolicy('partners', {
    match: { names: ['partner'] },
    keys: { PARTNER_KEY: { sensitive: true } },
    exceptions: [
      { namespace: 'shop', name: 'partner', keys: ['PARTNER_KEY'], reason: 'OPS-412', until: '2026-01-31' },
    ],
  }),
];

t.test('reports the denials of each policy by namespace and rule, and writes nothing', async (t) => {
  await until('the policies to be taken', [], async () => {
    const input = { apiVersion: 'v1', kind: 'List', items: policies };
    return (await cluster.kubectl(['apply', '-f', '-'], { input })).exitCode === 0;
  });
  const versions = async () =>
    (await cluster.request('/api/v1/secrets'))
      .json()
      .items.map((item: { metadata: { resourceVersion: string } }) => item.metadata.resourceVersion);
  const before = await versions();
  const { exitCode, stderr, stdout, report } = await json();
  t.equal(exitCode, 1);
  t.equal(stderr, '');
  t.same(
    report.secrets.map(
      ({ namespace, name, verdict }: Record<string, string>) => `${namespace}/${name} ${verdict}`,
    ),
    [
      'payments/owned deny',
      'payments/stale fix',
      'shop/bad deny',
      'shop/partner deny',
      'shop/pin deny',
      'test/large deny',
      'test/odd deny',
    ],
  );
  t.match(report.summary, {
    secrets: 9,
    denied: 6,
    mutated: 1,
    namespaces: 3,
    skipped: 1,
    complete: true,
    mixed: false,
  });
  const of = (name: string) => report.policies.find((each: { name: string }) => each.name === name);
  t.match(of('pins'), {
    source: 'cluster',
    secrets: 6,
    denied: 1,
    rules: [{ rule: 'min-length', denied: 1 }],
    namespaces: [{ name: 'shop', denied: 1, rules: [{ rule: 'min-length', denied: 1 }] }],
  });
  t.match(of('postgres-credentials'), { source: 'built-in', namespaces: [{ name: 'payments' }] });
  const partner = report.secrets.find(({ name }: { name: string }) => name === 'partner');
  t.match(partner.findings[0].fix, 'the exception OPS-412 ran out on 2026-01-31');
  t.same(findCanaries(stdout, [canary]), []);
  t.same(await versions(), before);
});

t.test('audits one namespace with its labels', async (t) => {
  const shop = await json(['-n', 'shop']);
  t.match(shop.report.summary, { secrets: 3, denied: 3, namespaces: 1 });
  const none = await audit(['-n', 'shpo']);
  t.match(none, { exitCode: 2, stdout: '', stderr: 'lockstep: there is no namespace shpo\n' });
  const system = await audit(['-n', 'kube-system']);
  t.match(system, { exitCode: 0, stdout: /no Secret to validate was found; 1 excluded from validation\n$/ });
});

t.test('tries a change of a policy before it is rolled out', async (t) => {
  const [pins] = policies;
  const milder = { ...pins, spec: { ...pins!.spec, action: 'Warn' } };
  const file = join(t.testdir({ 'pins.json': JSON.stringify(milder) }), 'pins.json');
  const { report } = await json(['--policy', file]);
  t.match(report.summary, { denied: 5, warned: 1 });
  const { stdout } = await audit(['--policy', file, '--summary', '--no-builtin', 'no-placeholders']);
  t.match(stdout, /^ {2}pins \(file\) +- +1 +6$/m);
  t.notMatch(stdout, 'no-placeholders');
});

t.test('needs each right that the page names, and names a missing one', async (t) => {
  const without = async (resource: string, verb: string) => {
    const left = rules.map((rule) =>
      rule.resources.includes(resource)
        ? { ...rule, verbs: rule.verbs.filter((each) => each !== verb) }
        : rule,
    );
    const kubeconfig = await someoneWho(
      `without-${verb}-${resource}`,
      left.filter(({ verbs }) => verbs.length > 0),
    );
    const { exitCode, stdout, stderr } = await audit(verb === 'get' ? ['-n', 'shop'] : [], kubeconfig);
    t.match({ exitCode, stdout }, { exitCode: 2, stdout: '' });
    return stderr.replace(
      /; bind a role with this right to it, as kubectl create clusterrole \S+ --verb=(?:get|list) --resource=\S+ makes one; kubectl auth can-i --list shows the rights that it has\n/,
      '',
    );
  };
  const said = 'lockstep: this user may not';
  t.equal(await without('secrets', 'list'), `${said} list secrets in all namespaces`);
  t.equal(await without('namespaces', 'list'), `${said} list namespaces`);
  t.equal(await without('namespaces', 'get'), `${said} get namespace shop`);
  t.equal(await without('secretpolicies', 'list'), `${said} list secretpolicies.lockstep.dev`);
  t.equal(rules.flatMap(({ verbs }) => verbs).length, 4 + OPTIONAL.length);
});

/** For what a policy lets the controller write, for references to Secrets, and for the limit of the installation. */
const OPTIONAL = [
  'get secrets',
  'list deployments,statefulsets,daemonsets',
  'get deployments',
  'list cronjobs',
  'list rollouts',
  'list pods,serviceaccounts,jobs,ingresses',
  'list *',
];

t.test('validates the Secrets without the rights to read records and workloads', async (t) => {
  const least = rules
    .map((rule) => ({
      ...rule,
      verbs: rule.verbs.filter((verb) => !OPTIONAL.includes(`${verb} ${rule.resources.join()}`)),
    }))
    .filter(({ verbs }) => verbs.length > 0);
  t.equal(least.flatMap(({ verbs }) => verbs).length, 4);
  const all = await json();
  const few = await json([], await someoneWho('least', least));
  const { denied, warned } = all.report.summary;
  // The writes of the controller are unknown, and the errors say so.
  t.match(few, { exitCode: 2, report: { summary: { denied, warned } } });
  t.ok(few.report.errors.length > 0);
});

t.test('without the right to read the Deployment, --max-action is enough for the limit', async (t) => {
  const readers = rules.filter(
    ({ resources, verbs }) => !(resources.includes('deployments') && verbs.includes('get')),
  );
  t.equal(readers.length, rules.length - 1);
  const user = await someoneWho('no-deployment', readers);
  const reported = await json(['--max-action', 'Enforce'], user);
  t.same(reported.report.summary, (await json(['--max-action', 'Enforce'])).report.summary);
  t.match(
    reported.stderr,
    /^lockstep: the installation may leave out built-in policies or exclude namespaces, because /,
  );
  // The limit of the actions is unknown only without the option.
  t.match((await json([], user)).stderr, /^lockstep: the installation may limit the actions, /);
});

t.test("reports a stored policy that can't take effect, and validates the rest", async (t) => {
  const cyclic = aSecretPolicy('cyclic', {
    keys: { A: { derive: { template: '${B}' } }, B: { derive: { template: '${A}' } } },
  });
  await apply(cyclic);
  const { exitCode, stderr, report } = await json();
  t.equal(exitCode, 2);
  t.match(stderr, /^lockstep: SecretPolicy cyclic can not take effect: /);
  t.match(report.summary, { denied: 6, complete: false });
  await cluster.mustRun(['delete', 'secretpolicy', 'cyclic']);
});

t.test('continues a list that expires during the read, without duplicates', async (t) => {
  await apply(aNamespace('many'));
  const names = Array.from({ length: 1200 }, (_, number) => `app-${String(number).padStart(4, '0')}`);
  await apply(...names.map((name) => aSecret(`many/${name}`, { TOKEN: GOOD.key })));
  const token = (await cluster.request('/api/v1/secrets?limit=500')).json().metadata.continue;
  let expired = 0;
  const onExpired = (): void => {
    expired += 1;
  };
  const read: string[] = [];
  for await (const secret of listSecrets(
    connect({ kubeconfig: auditor }),
    { namespace: 'many' },
    { onExpired },
  )) {
    const { name } = 'unread' in secret ? secret.unread : secret;
    if (read.length === 400) {
      // The first page is complete, and the request for the next one comes too late.
      await until('the list to expire', [], async () => {
        await apply(aSecret('test/later', { WRITTEN: String(Date.now()) }));
        const path = `/api/v1/secrets?limit=500&continue=${encodeURIComponent(token)}`;
        return (await cluster.request(path)).status === 410;
      });
    }
    read.push(name);
  }
  t.ok(expired > 0);
  t.same(read, names);
});
