import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import t, { type Test } from 'tap';
import { POLICY_WEBHOOK } from '../../../src/admission/policy-review/validate-policy.ts';
import { WEBHOOKS } from '../../../src/admission/review/webhook.ts';
import { keyRules, secretRules } from '../../../src/engine/review/rules/registry.ts';
import { CHANGE_RESULTS } from '../../../src/engine/secret/record/change-result.ts';
import { CHANGE_CAUSES } from '../../../src/engine/secret/record/login-record.ts';
import { ERRORS } from '../../../src/errors/table.ts';
import { SECRET_WRITE_REASONS } from '../../../src/metrics/controller.ts';
import { VERSION } from '../../../src/version.ts';
import { aCanary } from '../../helpers/canary/canary.ts';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aManifest as aWorkload } from '../../helpers/cluster/consumers.ts';
import { aManifest, aTeam } from '../../helpers/cluster/team.ts';
import { aTeam as aLoginTeam, DATABASE } from '../../helpers/credential/team.ts';
import { untilInStep } from '../../helpers/credential/world.ts';
import { documentedMetrics, ownMetrics, panels, rulesOf } from '../../helpers/pages/monitoring.ts';
import { pages as allPages, readPage } from '../../helpers/pages/pages.ts';
import { readPromql, readScrape, samplesOf, selects } from '../../helpers/pages/promql.ts';
import { type ControllerReplica, installController } from '../../testbed/lockstep/controller.ts';
import { aPostgres } from '../../testbed/postgres/postgres.ts';
import { until } from '../../testbed/process/until.ts';

const [{ cluster, lockstep }, postgres] = await Promise.all([aClusterWithLockstep(t), aPostgres(t)]);

/** The labels that a target adds to each of its series. */
const OF_THE_TARGET = ['pod', 'namespace', 'instance', 'job'];

const rules = [...(await rulesOf('figures')), ...(await rulesOf('alerts'))];
const recorded = new Set(rules.map(({ record }) => record));
const pages = await withSomethingOfEach();
const scraped = readScrape(pages.join('\n'));
const samples = [...samplesOf(pages.join('\n'))];

/** The metrics of webhook, controller and API server, after every event that makes a series appear. */
async function withSomethingOfEach(): Promise<readonly [string, string, string]> {
  const team = await aTeam(cluster);
  const stale = { DATABASE_URL: 'postgresql://recon:before@postgres:5432/app' };
  // A new Secret in each round: an apply of a stored one sends no write.
  const glass = {
    metadata: {
      name: undefined,
      generateName: 'glass-',
      annotations: { 'lockstep.dev/break-glass': 'OPS-1' },
    },
  };
  await team.run('create -f -', { input: aManifest(stale) });
  await team.run('replace -f -', { input: aManifest(stale) });
  await team.run('replace -f -', { input: aManifest(stale) });
  const named = { metadata: { name: 'b' } };
  await team.kubectl('create -f -', { input: aManifest({ JWT_SECRET: 'CHANGE_ME' }, named) });
  await team.run('create -f -', { input: aManifest({}, named) });
  await until('the break-glass policy', [], async () => {
    const { stderr } = await team.kubectl('create -f -', { input: aManifest({}, glass) });
    return stderr.includes('lockstep-break-glass');
  });
  await aMutationByTheApiServer();
  const page = await lockstep.metrics();
  await lockstep.stop();
  const unvalidated = { metadata: { name: 'unvalidated' } };
  await team.run('create -f -', { input: aManifest({ JWT_SECRET: 'CHANGE_ME' }, unvalidated) });
  const controller = await (await installController(cluster)).start('controller');
  const inStep = await aLoginThatChanges(controller);
  let found = await controller.metrics();
  await until('findings of what is stored', [controller.daemon], async () => {
    found = await controller.metrics();
    return (
      found.includes('lockstep_controller_policy_findings{') &&
      found.includes('lockstep_credential_change_started_timestamp_seconds{')
    );
  });
  await lockstep.apply('manifests/overlays/fail-closed');
  await until('fail-closed', [], async () => {
    const input = aManifest({}, { metadata: { generateName: 'refused-', name: undefined } });
    return (await team.kubectl('create -f -', { input })).exitCode !== 0;
  });
  return [page, [found, ...inStep].join('\n'), (await cluster.request('/metrics')).text];
}

/** A MutatingAdmissionPolicy has evaluated a write, so the API server counts its results. */
async function aMutationByTheApiServer(): Promise<void> {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const spec = {
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
      ],
    },
    reinvocationPolicy: 'Never',
    mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }],
  };
  const policy = { apiVersion, kind: 'MutatingAdmissionPolicy', metadata: { name: 'nothing' }, spec };
  const binding = {
    apiVersion,
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name: 'nothing' },
    spec: { policyName: 'nothing' },
  };
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [policy, binding] });
  await cluster.mustRun(['create', '-f', '-'], { input });
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'any-' } };
  await until('the policy', [], async () => {
    await cluster.request('/api/v1/namespaces/default/configmaps', { method: 'POST', body: configMap });
    return (await cluster.request('/metrics')).text.includes(
      'apiserver_mutating_admission_policy_check_total{',
    );
  });
}

/**
 * Its password was changed once, and is being changed again. The second change waits for its pods, for which there is
 * no node. Resolves with the series that are missing until then.
 */
async function aLoginThatChanges({ daemon, metrics }: ControllerReplica): Promise<readonly string[]> {
  await postgres.sql(`CREATE DATABASE ${DATABASE}`);
  const env = { cluster, postgres };
  const spec = { rotation: { schedule: '0 3 1 1 *' } };
  const team = await aLoginTeam(env, 'logins', { pods: 0, admin: true, spec });
  await untilInStep(team, [daemon]);
  await team.requestChange({ kind: 'rotate' });
  await until('a change', [daemon], async () => (await team.record())?.login?.rotated !== undefined);
  await untilInStep(team, [daemon]);
  let inStep: readonly string[] = [];
  await until('the series of it', [daemon], async () => {
    const lines = (await metrics()).split('\n');
    inStep = lines.filter((line) => line.startsWith('lockstep_credential_synced{'));
    return inStep.length > 0;
  });
  const reads = { envFrom: [{ secretRef: { name: 'app' } }] };
  const body = aWorkload('Deployment', 'api', reads);
  await cluster.request('/apis/apps/v1/namespaces/logins/deployments', { method: 'POST', body });
  await team.edit({ POSTGRES_PASSWORD: aCanary(24) });
  return inStep;
}

function isScraped(t: Test, expr: string, where: string): void {
  const { metrics, grouped } = readPromql(expr);
  const known = new Set(OF_THE_TARGET);
  for (const named of metrics) {
    const { metric, matchers } = named;
    if (recorded.has(metric)) continue;
    const has = scraped.get(metric);
    t.ok(has, `${where}: ${metric}`);
    for (const label of has ?? []) known.add(label);
    for (const { label } of matchers) t.ok(has?.has(label), `${where}: ${metric} has ${label}`);
    t.ok(
      samples.some((sample) => selects(named, sample)),
      `${where}: ${metric} with ${matchers.map(({ label, operator, value }) => `${label}${operator}${value}`)}`,
    );
  }
  for (const label of grouped) t.ok(known.has(label), `${where}: by ${label}`);
}

/** The sum of the selected series in the scrape. */
function sumOf(selector: string): number {
  const [named] = readPromql(selector).metrics;
  return samples.filter((sample) => selects(named!, sample)).reduce((sum, { value }) => sum + value, 0);
}

t.test('counts each event once', async (t) => {
  t.equal(sumOf('lockstep_admission_reviews_total{verdict="denied", dry_run="false"}'), 1);
  t.equal(sumOf('lockstep_admission_corrected_writes_total'), 1);
  t.equal(sumOf('lockstep_admission_corrections_repeated_total{reason="mismatch"}'), 2);
  t.equal(sumOf('lockstep_admission_time_to_fix_seconds_count'), 1);
  const glass = 'apiserver_validating_admission_policy_check_total{policy="lockstep-break-glass", ';
  t.equal(sumOf(`${glass}enforcement_action="audit"}`), 1);
  t.ok(sumOf('apiserver_admission_webhook_fail_open_count{name="validate.lockstep.dev"}') >= 1);
});

t.test('measures the unavailable login of a SingleUser change', async (t) => {
  t.equal(sumOf('lockstep_credential_login_unavailable_seconds_count'), 1);
  t.comment(`${sumOf('lockstep_credential_login_unavailable_seconds_sum')} s`);
  t.equal(sumOf('lockstep_credential_changes_total{cause="requested", result="succeeded"}'), 1);
});

t.test('has every metric and label of the rules in a real scrape', async (t) => {
  for (const { record, alert, expr } of rules) isScraped(t, expr, record ?? alert ?? '');
});

t.test('has every metric and label of the dashboard in a real scrape', async (t) => {
  for (const { title, targets = [] } of await panels()) {
    for (const { expr } of targets) isScraped(t, expr, title);
  }
});

t.test('has every metric of the pages in a real scrape', async (t) => {
  for (const page of await allPages()) {
    const named = (await readPage(page)).matchAll(
      /`((?:lockstep|apiserver)[_:][a-z_:0-9]+[a-z0-9])(?:\{([^}`]*)\})?`/g,
    );
    for (const [, metric = '', matchers = ''] of named) {
      const [series = ''] = [metric, `${metric}_count`].filter(
        (each) => scraped.has(each) || recorded.has(each),
      );
      t.ok(series, `${page}: ${metric}`);
      for (const [, label = ''] of matchers.matchAll(/(\w+)=/g))
        t.ok(scraped.get(series)?.has(label), `${page}: ${metric} has ${label}`);
    }
  }
});

t.test('docs/reference/metrics.md: lists every metric of a real scrape with its labels', async (t) => {
  const documented = await documentedMetrics();
  for (const [name, labels] of ownMetrics(scraped)) t.same(documented.get(name), labels, name);
});

t.test('labels series only with fixed words and names of policies and PostgresCredentials', async (t) => {
  const rules = [...keyRules, ...secretRules].map(({ id }) => id);
  const policies = (await readdir('manifests/policies')).map((file) => basename(file, '.yaml'));
  const words: Record<string, readonly string[]> = {
    webhook: [...WEBHOOKS, POLICY_WEBHOOK],
    operation: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'],
    verdict: ['passed', 'allowed', 'patched', 'warned', 'denied', 'ok', 'password-refused'],
    dry_run: ['true', 'false'],
    rule: rules,
    reason: ['derived', ...rules, ...SECRET_WRITE_REASONS, 'Available', 'NotChecked', 'Changing'],
    action: ['Enforce', 'Warn', 'Audit'],
    policy: policies,
    resource: [
      'secretpolicies',
      'namespaces',
      'secrets',
      'postgrescredentials',
      'rediscredentials',
      'records',
      'workloads',
    ],
    credential_kind: ['PostgresCredential'],
    credential_namespace: ['logins'],
    credential: ['app'],
    condition: ['Ready', 'Synced', 'Progressing'],
    version: [VERSION],
    cause: CHANGE_CAUSES,
    result: [...CHANGE_RESULTS, 'complete', 'stopped'],
    outcome: ['done', 'requeue', 'conflict', 'forbidden', 'error'],
    code: Object.entries(ERRORS).flatMap(([name, known]) =>
      'http' in known ? [String(known.http), `LOCKSTEP_${name}`] : [],
    ),
  };
  const own = [...samplesOf(pages[0]), ...samplesOf(pages[1])].filter(({ metric }) =>
    /^lockstep_(?!process_|nodejs_)/.test(metric),
  );
  for (const { metric, labels } of own) {
    for (const [label, value] of labels) {
      if (label !== 'le') t.ok(words[label]?.includes(value), `${metric}: ${label}="${value}"`);
    }
  }
  t.ok(own.some(({ labels }) => labels.has('policy')));
});
