import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t, { type Test } from 'tap';
import { startFindingsReporter } from '../../../src/commands/controller/findings-reporter.ts';
import { reconcileDerivedSecret } from '../../../src/controllers/secret/derived-secret.ts';
import { secretEventOf } from '../../../src/controllers/secret/secret-event.ts';
import { auditStored } from '../../../src/engine/diagnosis/audit/stored.ts';
import { permissionsFor } from '../../../src/engine/review/own-writes/permissions.ts';
import { eventType } from '../../../src/engine/secret/kubernetes/event-reasons.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { recordEvent } from '../../../src/kube/client/events.ts';
import { deleteDerivedSecret, writeDerivedSecret } from '../../../src/kube/secrets/derived-secrets.ts';
import { listStoredSecrets } from '../../../src/kube/secrets/list-secrets.ts';
import { readSecret } from '../../../src/kube/secrets/stored-secrets.ts';
import type { RuleFindings } from '../../../src/metrics/controller.ts';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, base64, NAME, type Team } from '../../helpers/cluster/team.ts';
import { reconcilerDeps } from '../../helpers/controllers/reconciler-deps.ts';
import { builtins, GOOD, STORY, testContext } from '../../helpers/engine/engine.ts';
import { installController } from '../../testbed/lockstep/controller.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { until } from '../../testbed/process/until.ts';

const { cluster, lockstep } = await aClusterWithLockstep(t, { controllers: true });
const CRDS = join(import.meta.dirname, '..', '..', 'data', 'crds');

/** No output may contain any part of these. */
const values: string[] = [];
const secret = (end = ''): string => {
  const value = aCanary() + end;
  values.push(value);
  return value;
};
const printed: string[] = [];

/** The work of the leader in this process, with the rights of its ServiceAccount. */
async function aLeader(t: Test) {
  const kubeconfig = await cluster.serviceAccountKubeconfig('lockstep-system', 'lockstep-controller');
  const api = connect({ kubeconfig });
  const stop = new AbortController();
  t.teardown(() => stop.abort());
  const log = (message: string, fields?: object): void => {
    printed.push(JSON.stringify({ message, ...fields }));
  };
  let counted: readonly RuleFindings[] = [];
  const reports = startFindingsReporter(
    {
      cluster: api,
      reporter: { component: 'lockstep-controller', instance: 'here' },
      log: { info: log, warn: log, error: log },
      metrics: {
        setFindings: (_, byRule) => {
          counted = byRule;
        },
      },
    },
    stop.signal,
  );
  const scan = async (): Promise<void> => {
    reports.scanStarted();
    for await (const { secret, uid } of listStoredSecrets(api, [])) {
      const mandate = permissionsFor(secret, undefined, builtins, testContext);
      reports.observe(auditStored(mandate, testContext), uid);
    }
    reports.scanEnded();
  };
  return { scan, stop, counted: () => counted };
}

async function unvalidated(work: () => Promise<void>): Promise<void> {
  await lockstep.stop();
  await work();
  await lockstep.start();
}

const report = async ({ namespace }: Team) => {
  const path = `/apis/wgpolicyk8s.io/v1alpha2/namespaces/${namespace}/policyreports/lockstep`;
  const response = await cluster.request(path);
  printed.push(response.text);
  return response.status === 200 ? response.json() : undefined;
};

/** An established kind is served a moment later. A leader that does not find it looks again after ten minutes. */
const untilServed = (apiVersion: string) =>
  until(`the kinds of ${apiVersion}`, [], async () => {
    const { status, text } = await cluster.request(`/apis/${apiVersion}`);
    return status === 200 && text.includes('reports');
  });

interface Told {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

async function eventsIn({ namespace }: Team): Promise<readonly Told[]> {
  const response = await cluster.request(`/api/v1/namespaces/${namespace}/events`);
  printed.push(response.text);
  return response.json().items.filter(({ involvedObject }: Told) => /Secret$/.test(involvedObject.kind));
}

const stored = await aTeam(cluster);
const clean = await aTeam(cluster);

t.test('without the CRD of reports there are metrics and Events', async (t) => {
  // Together with its derived keys.
  await clean.run('create -f -', { input: aManifest() });
  await unvalidated(async () => {
    const faulty = {
      JWT_SECRET: `change-me-${secret()}`,
      POSTGRES_PASSWORD: 'CHANGE_ME',
      API_TOKEN: secret(),
    };
    await stored.run('create -f -', { input: aManifest(faulty) });
  });
  const { scan, stop, counted } = await aLeader(t);
  await scan();
  await until('an Event', [], async () => (await eventsIn(stored)).length > 0);
  t.ok(
    counted().some(({ rule, action, count }) => rule === 'placeholder' && action === 'Enforce' && count > 0),
  );
  const [first] = await eventsIn(stored);
  t.match(first, {
    reason: 'SecretViolation',
    type: 'Warning',
    involvedObject: { kind: 'Secret', name: NAME },
    reportingComponent: 'lockstep-controller',
    message: /^data\[\w+\]: .* \[lockstep\/[\w-]+\]: .* \(policy reconciliation\)$/,
  });
  const { stdout } = await stored.run(`describe secret ${NAME}`);
  printed.push(stdout);
  t.same(await eventsIn(clean), []);
  stop.abort();
});

t.test('with the CRD of reports each namespace with findings has one report', async (t) => {
  await cluster.mustRun(['apply', '-f', join(CRDS, 'policyreports.yaml')]);
  await untilServed('wgpolicyk8s.io/v1alpha2');
  const before = await eventsIn(stored);
  const { scan, stop } = await aLeader(t);
  await scan();
  await until('the report', [], async () => (await report(stored)) !== undefined);
  const { metadata, summary, results } = await report(stored);
  t.equal(metadata.labels['app.kubernetes.io/managed-by'], 'lockstep');
  t.ok(summary.fail > 0);
  t.equal(summary.fail + summary.warn, results.length);
  t.match(results[0], {
    source: 'lockstep',
    policy: 'reconciliation',
    result: 'fail',
    severity: 'high',
    resources: [{ kind: 'Secret', namespace: stored.namespace, name: NAME }],
  });
  const { stdout } = await stored.run('get policyreport lockstep -o yaml');
  printed.push(stdout);
  t.equal(await report(clean), undefined);
  t.same(await eventsIn(stored), before, 'what was told before is not told again after a restart');

  await stored.run('apply --server-side --force-conflicts -f -', { input: aManifest() });
  await scan();
  await until('the report is gone', [], async () => (await report(stored)) === undefined);
  stop.abort();
});

t.test('the next leader corrects the report of an earlier one, and keeps a foreign report', async (t) => {
  const foreign = await aTeam(cluster);
  const aReport = (labels: object) => ({
    apiVersion: 'wgpolicyk8s.io/v1alpha2',
    kind: 'PolicyReport',
    metadata: { name: 'lockstep', labels },
    summary: { fail: 7 },
  });
  const ours = { 'app.kubernetes.io/managed-by': 'lockstep' };
  await clean.run('create -f -', { input: aReport(ours) });
  await foreign.run('create -f -', { input: aReport({ 'app.kubernetes.io/managed-by': 'kyverno' }) });
  const { scan, stop } = await aLeader(t);
  await scan();
  await until('the report is gone', [], async () => (await report(clean)) === undefined);
  await until('it is said', [], () => printed.some((line) => line.includes('is not of lockstep')));
  t.match(await report(foreign), { summary: { fail: 7 } });
  stop.abort();
});

t.test('with OpenReports as well, they replace the PolicyReports of lockstep', async (t) => {
  await unvalidated(async () => {
    const faulty = { JWT_SECRET: `change-me-${secret()}` };
    await stored.run('apply --server-side --force-conflicts -f -', { input: aManifest(faulty) });
  });
  const first = await aLeader(t);
  await first.scan();
  await until('the PolicyReport', [], async () => (await report(stored)) !== undefined);
  first.stop.abort();
  await cluster.mustRun(['apply', '-f', join(CRDS, 'openreports.yaml')]);
  await untilServed('openreports.io/v1alpha1');
  const openReport = async ({ namespace }: Team) => {
    const path = `/apis/openreports.io/v1alpha1/namespaces/${namespace}/reports/lockstep`;
    const response = await cluster.request(path);
    printed.push(response.text);
    return response.status === 200 ? response.json() : undefined;
  };
  const { scan, stop } = await aLeader(t);
  await scan();
  await until('the Report', [], async () => (await openReport(stored)) !== undefined);
  await until('the PolicyReport is gone', [], async () => (await report(stored)) === undefined);
  const { kind, source, summary, results } = await openReport(stored);
  t.same([kind, source], ['Report', 'lockstep']);
  t.equal(summary.fail + summary.warn, results.length);
  t.match(results[0], { source: 'lockstep', result: 'fail', resources: [{ kind: 'Secret', name: NAME }] });
  const { stdout } = await stored.run('get reports.openreports.io lockstep -o yaml');
  printed.push(stdout);
  const args = ['audit', '--kubeconfig', cluster.kubeconfig, '--format', 'report'];
  const audit = await execa(process.execPath, [entryPoint(), ...args], { reject: false });
  printed.push(audit.stdout, audit.stderr);
  const applied = await cluster.apply(audit.stdout);
  t.match(applied.stdout, 'report.openreports.io/lockstep-audit created');
  await scan();
  t.same((await openReport(stored)).results, results, 'the controller keeps its own report');
  stop.abort();
  await cluster.mustRun(['delete', '-f', join(CRDS, 'openreports.yaml')]);
});

t.test('a namespace that is deleted or terminating causes no failure', async (t) => {
  const going = await aTeam(cluster);
  const finalizers = ['lockstep.dev/test'];
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'keeps', finalizers } };
  await going.run('create -f -', { input: config });
  await cluster.mustRun(['delete', 'namespace', going.namespace, '--wait=false']);
  const api = connect({ kubeconfig: cluster.kubeconfig });
  for (const namespace of [going.namespace, 'never-was']) {
    const regarding = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'app', uid: 'u' };
    const about = { reason: 'SecretWarning', note: 'x', identity: 'x' } as const;
    await t.resolves(
      recordEvent(api, { ...about, regarding, component: 'lockstep-controller', instance: 'here' }),
    );
  }
  await going.run('patch configmap keeps --type=merge -p {"metadata":{"finalizers":null}}');
});

/** A request of External Secrets: test/data/reviews/create-owned-by-controller. */
async function aWriteOfExternalSecrets(team: Team, data: Readonly<Record<string, string>>) {
  const { metadata } = JSON.parse((await team.run('get externalsecret app -o json')).stdout) as {
    metadata: { uid: string };
  };
  const owner = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    name: 'app',
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'app',
      labels: { 'reconcile.external-secrets.io/managed': 'true' },
      annotations: { 'reconcile.external-secrets.io/data-hash': '7e206ba73a8b' },
      ownerReferences: [owner],
    },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
  };
  const path = `/api/v1/namespaces/${team.namespace}/secrets?fieldManager=external-secrets`;
  const send = async (query = '') => {
    const response = await cluster.request(`${path}${query}`, { method: 'POST', body });
    printed.push(response.status >= 400 ? response.text : '');
    return response.status;
  };
  return { send };
}

async function anExternalSecret(): Promise<Team> {
  const team = await aTeam(cluster);
  const crd = readFileSync(join(CRDS, 'externalsecrets.yaml'), 'utf8');
  await cluster.apply(crd);
  await cluster.mustRun(['wait', '--for=condition=Established', 'crd', '--all']);
  const input = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', metadata: { name: 'app' } };
  await until('the new kind', [], async () => (await team.kubectl('create -f -', { input })).exitCode === 0);
  return team;
}

t.test('an ExternalSecret gets an Event with the reason of a denial, but not for a dry run', async (t) => {
  const team = await anExternalSecret();
  const denied = await aWriteOfExternalSecrets(team, {
    JWT_SECRET: `change-me-${secret()}`,
    API_TOKEN: secret(),
  });
  t.equal(await denied.send('&dryRun=All'), 422);
  t.equal(await denied.send(), 422);
  t.equal(await denied.send(), 422);
  await until('the Event', [], async () => (await eventsIn(team)).length > 0);
  const reported = await eventsIn(team);
  t.equal(reported.length, 1, 'the same is told once, and the dry run not at all');
  t.match(reported[0], {
    type: 'Warning',
    reason: 'SecretDenied',
    involvedObject: { kind: 'ExternalSecret', name: 'app', apiVersion: 'external-secrets.io/v1' },
    reportingComponent: 'lockstep-webhook',
    message: /^Secret app was not written: data\[JWT_SECRET\]: .*\[lockstep\//,
  });
  const { stdout } = await team.run('describe externalsecret app');
  printed.push(stdout);
  t.match(stdout, 'data[JWT_SECRET]');
});

t.test('a Secret of External Secrets gets a derived Secret, which is deleted with it', async (t) => {
  const team = await anExternalSecret();
  const password = secret();
  const owned = await aWriteOfExternalSecrets(team, {
    ...STORY,
    POSTGRES_PASSWORD: password,
    POSTGRES_HOST: 'db',
  });
  t.equal(await owned.send(), 201);
  await team.run('annotate secret app lockstep.dev/derived-secret=true');
  const api = connect({
    kubeconfig: await cluster.serviceAccountKubeconfig('lockstep-system', 'lockstep-controller'),
  });
  const did: string[] = [];
  const deps = reconcilerDeps({
    secrets: {
      read: (place) => readSecret(api, place),
      writeDerived: async (owner, data, before) => {
        await writeDerivedSecret(api, owner, data, before);
        did.push('write');
      },
      deleteDerived: async (sibling) => {
        await deleteDerivedSecret(api, sibling);
        did.push('remove');
      },
    },
    emit: (event) => {
      const secretEvent = secretEventOf(event);
      if (secretEvent !== undefined && eventType(secretEvent.reason) === 'Warning')
        did.push(secretEvent.note);
    },
  });
  /** The actions of one pass. */
  const keep = async (): Promise<readonly string[]> => {
    const held = await readSecret(api, { namespace: team.namespace, name: 'app' });
    if (held === undefined) return ['gone'];
    const permissions = permissionsFor(held.secret, undefined, builtins, testContext);
    await reconcileDerivedSecret(held, permissions, deps);
    return did.splice(0);
  };
  t.same(await keep(), ['write']);
  t.match((await team.stored('app-derived'))?.values, { DATABASE_URL: `:${password}@db:5432/` });
  t.same(await keep(), []);
  await team.run(`patch secret app --type=merge -p {"data":{"POSTGRES_PASSWORD":"${base64(GOOD.other)}"}}`);
  t.same(await keep(), ['write']);
  t.match((await team.stored('app-derived'))?.values, { DATABASE_URL: `:${GOOD.other}@` });
  await team.run('annotate secret app lockstep.dev/derived-secret-');
  t.same(await keep(), ['remove']);
  t.equal(await team.stored('app-derived'), undefined);
  await team.run('annotate secret app lockstep.dev/derived-secret=true');
  t.same(await keep(), ['write']);
  await team.run('delete secret app');
  await until('the garbage collector', [], async () => (await team.stored('app-derived')) === undefined);
});

t.test('the controller reports findings, and restores a derived Secret', async (t) => {
  const controllers = await installController(cluster);
  const team = await anExternalSecret();
  const owned = await aWriteOfExternalSecrets(team, {
    ...STORY,
    POSTGRES_PASSWORD: secret(),
    POSTGRES_HOST: 'db',
  });
  t.equal(await owned.send(), 201);
  await unvalidated(async () => {
    await team.run('create -f -', { input: aManifest({ JWT_SECRET: `change-me-${secret()}` }) });
  });
  const controller = await controllers.start('controller', { LOCKSTEP_LOG_LEVEL: 'debug' });
  const has = (what: string, is: () => Promise<boolean>) => until(what, [controller.daemon], is);

  await has('the report', async () => (await report(team)) !== undefined);
  await has('the Event', async () => (await eventsIn(team)).length > 0);
  const metrics = await controller.metrics();
  printed.push(metrics);
  t.match(metrics, /^lockstep_controller_findings\{action="Enforce"\} [1-9]/m);

  const url = async () => (await team.stored('app-derived'))?.values.DATABASE_URL;
  await team.run('annotate secret app lockstep.dev/derived-secret=true');
  await has('the sibling', async () => (await url()) !== undefined);
  const right = await url();
  await team.run(`patch secret app-derived --type=merge -p {"data":{"DATABASE_URL":"${base64('x')}"}}`);
  await has('the sibling, put right', async () => (await url()) === right);
  await team.run('delete secret app-derived');
  await has('the sibling, made anew', async () => (await url()) === right);

  // An update derives the missing URL only if it changes a base key.
  const input = aManifest({ POSTGRES_PASSWORD: secret() });
  await team.run('apply --server-side --force-conflicts -f -', { input });
  await has('the report is gone', async () => (await report(team)) === undefined);
  await controller.daemon.stop();
  printed.push(controller.daemon.log());
  t.match(controller.daemon.log(), '"leading"');
});

t.test('no part of a value is in any output', async (t) => {
  const search = canarySearcher(values);
  const outputs = {
    'Events, reports, answers and logs of the controller': printed.join('\n'),
    'the output of lockstep': lockstep.logs(),
    'the audit log': await cluster.auditLog(),
    'all Events': (await cluster.request('/api/v1/events')).text,
    'all reports': (await cluster.request('/apis/wgpolicyk8s.io/v1alpha2/policyreports')).text,
  };
  for (const [where, output] of Object.entries(outputs)) t.same(search(output), [], where);
  t.ok(outputs['all Events'].includes('lockstep/placeholder'), 'what was searched tells of them');
});
