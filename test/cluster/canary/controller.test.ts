import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { keyRules, secretRules } from '../../../src/engine/review/rules/registry.ts';
import { AUDIT_FORMATS } from '../../../src/report/audit/audit-formats.ts';
import { applyFormPolicy } from '../../helpers/api/form-policy.ts';
import { readableObjects } from '../../helpers/api/readable-objects.ts';
import { aCanary, canarySearcher, digestSearcher, findCanaries } from '../../helpers/canary/canary.ts';
import { canaryTeams, urlOf } from '../../helpers/canary/canary-teams.ts';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aManifest, NAME } from '../../helpers/cluster/team.ts';
import { faultsOf } from '../../helpers/engine/faults.ts';
import { installController } from '../../testbed/lockstep/controller.ts';
import type { Daemon } from '../../testbed/process/daemon.ts';
import { until } from '../../testbed/process/until.ts';

// The same as webhook.test.ts, for the controller and its commands.
const { cluster, lockstep } = await aClusterWithLockstep(t, {
  controllers: true,
  nodes: 2,
  logLevel: 'debug',
});
const daemons: Daemon[] = [];
const teams = canaryTeams(cluster, daemons);
const { values, printed, secret, kubectl, put, aTeam, aReader, change, held, inStep, event, collect } = teams;
const controllers = await installController(cluster);
await teams.install();
const controller = await controllers.start('controller', {
  LOCKSTEP_LOG_LEVEL: 'debug',
  LOCKSTEP_PROPAGATION_SECONDS: '1',
  LOCKSTEP_RESYNC_SECONDS: '20',
});
daemons.push(controller.daemon);
await until('a leader', daemons, controller.leads);
await applyFormPolicy(cluster);

/** Names are no secrets. If the search finds these, it reads the right outputs. */
const known = `known-${aCanary(20).toLowerCase()}`;
/** These outputs name no Secret. */
const NAMELESS = new Set(['the log of the webhook', 'leases', 'secretpolicies', 'externalsecrets']);

t.test('writes the denial of an ExternalSecret', async (t) => {
  await kubectl('create', 'namespace', 'external');
  const meta = { name: 'app', namespace: 'external' };
  await put({ apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', metadata: meta }, 'create');
  const uid = await kubectl(...'get externalsecret app -n external -o jsonpath={.metadata.uid}'.split(' '));
  const [apiVersion, kind] = ['external-secrets.io/v1', 'ExternalSecret'];
  const ownerReferences = [{ apiVersion, kind, name: 'app', uid, controller: true }];
  const body = aManifest(
    {},
    {
      metadata: { name: 'app', ownerReferences },
      stringData: { JWT_SECRET: `change-me-${secret()}`, API_TOKEN: `$(openssl rand ${secret()})` },
    },
  );
  const { status, text } = await cluster.request('/api/v1/namespaces/external/secrets', {
    method: 'POST',
    body,
  });
  t.equal(status, 422);
  printed.push(text);
  await event('external', 'SecretDenied');
  await lockstep.stop();
});

t.test('writes a finding of every rule for stored Secrets', async (t) => {
  const story = (): Record<string, string> => ({
    POSTGRES_USER: secret(16),
    // Needs percent-encoding.
    POSTGRES_PASSWORD: secret(16, `@/:${aCanary(16)}`),
    POSTGRES_DB: secret(16),
    JWT_SECRET: secret(),
    JWT_REFRESH_SECRET: secret(),
    CSRF_SECRET: secret(),
    PASSWORD_MASTER_KEY: secret(),
    API_TOKEN: secret(),
    REDIS_URL: `redis://:${secret()}@redis:6379/0`,
  });
  const rules = Object.keys(faultsOf(story(), secret)) as (keyof ReturnType<typeof faultsOf>)[];
  // lockstep corrects each value that it can compute, but not in an immutable Secret.
  const items = [false, true].flatMap((immutable) =>
    rules.flatMap((rule) => {
      const namespace = `${immutable ? 'kept' : 'mended'}-${rule}`;
      const right = story();
      const { stringData, data } = faultsOf(right, secret)[rule];
      const rest = { immutable, metadata: { name: NAME, namespace }, ...(data && { data }) };
      return [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
        aManifest({ ...right, ...stringData }, rest),
      ];
    }),
  );
  // `apply` leaves a copy of all values in an annotation.
  await put({ apiVersion: 'v1', kind: 'List', items }, 'apply');
  await aTeam(known, { DATABASE_URL: urlOf(secret()) });
  await event(known, 'SecretHealed');
  await put(aManifest({ ...story(), JWT_SECRET: 'CHANGE_ME' }), 'create', '-n', known);
  const reports = () => kubectl('get', 'reports.openreports.io', '-A', '-o', 'json');
  // A stored Secret has no earlier data, so it shows no removal.
  for (const { id } of [...keyRules, ...secretRules].filter(({ id }) => id !== 'removed'))
    await until(`${id} in a report`, daemons, async () => (await reports()).includes(`"rule": "${id}"`));
  await event(known, 'SecretViolation');
  for (const format of AUDIT_FORMATS) {
    const { exitCode, stdout } = await teams.onCluster('audit', '--format', format);
    t.equal(exitCode, 1, format);
    t.match(stdout, NAME);
  }
});

t.test('generates, heals, versions, rotates and rolls back a Secret', async (t) => {
  const annotations = { 'lockstep.dev/generate': 'true' };
  await aTeam('shop', {}, { annotations }, [aReader('api'), aReader('web')]);
  await inStep('shop', 1);
  await until('a generated key', daemons, async () => Boolean(await held('shop', 'CSRF_SECRET')));
  await collect();

  const password = secret();
  await change('shop', { DB_PASSWORD: password });
  const right = urlOf(password);
  await until('a healed URL', daemons, async () => (await held('shop', 'DATABASE_URL')) === right);
  await change('shop', { JWT_SECRET: `change-me-${secret()}` });
  await event('shop', 'SecretViolation');
  await change('shop', { JWT_SECRET: secret() });
  await inStep('shop', 5);
  await collect();

  t.equal((await teams.onCluster('rotate', 'shop/app', '--dry-run')).exitCode, 0);
  const { versions } = JSON.parse((await teams.onCluster('history', 'shop/app', '-o', 'json')).stdout);
  t.equal((await teams.onCluster('history', 'shop/app')).exitCode, 0);
  for (const args of [['shop/app'], ['--unused', '-A']])
    for (const form of ['wide', 'json'])
      t.equal((await teams.onCluster('uses', ...args, '-o', form)).exitCode, 0, args.join(' '));
  const [bad, good] = versions.slice(-2).map(({ version }: { version: number }) => String(version));
  t.equal((await teams.onCluster('rollback', 'shop/app', '--to', '999')).exitCode, 2);
  t.equal((await teams.onCluster('rollback', 'shop/app', '--to', bad, '--dry-run')).exitCode, 1);
  t.equal((await teams.onCluster('rollback', 'shop/app', '--to', bad)).exitCode, 1, 'a policy denies it');
  t.equal((await teams.onCluster('rollback', 'shop/app', '--to', bad, '--force')).exitCode, 0);
  t.equal((await teams.onCluster('rollback', 'shop/app', '--to', good)).exitCode, 0);
  await collect();
  t.equal((await teams.onCluster('rotate', 'shop/app')).exitCode, 0);
  await collect();
  await event('shop', 'SecretRotated');
  await event('shop', 'RolloutComplete');
  await event('shop', 'ConsumerRestarted');
});

t.test('writes derived Secrets for owned Secrets', async (t) => {
  const marks = {
    labels: { 'reconcile.external-secrets.io/managed': 'true' },
    annotations: { 'lockstep.dev/derived-secret': 'true' },
  };
  await aTeam('owned', { JWT_SECRET: `change-me-${secret()}`, DATABASE_URL: urlOf(secret()) }, marks);
  await until('a sibling', daemons, async () => Boolean(await held('owned', 'DATABASE_URL', 'app-derived')));
  await kubectl('create', 'namespace', 'foreign-sibling');
  await put(
    aManifest({}, { metadata: { name: 'app-derived' }, stringData: { A: secret() } }),
    'create',
    '-n',
    'foreign-sibling',
  );
  await put(
    aManifest({}, { metadata: { name: 'app', ...marks }, stringData: { DB_PASSWORD: secret() } }),
    ...['create', '-n', 'foreign-sibling'],
  );
  await event('foreign-sibling', 'DerivedSecretFailed');
  for (const format of ['text', 'json']) {
    const { stdout } = await teams.onCluster('audit', '--format', format, '-n', 'owned');
    t.match(stdout, 'app');
  }
});

t.test('reads values in lockstep annotations on Secrets, records and workloads', async (t) => {
  const annotations = Object.fromEntries(
    ['generate', 'derived-secret', 'derived-from', 'record-of', 'secret-version', 'restart', 'x'].map(
      (name) => [`lockstep.dev/${name}`, secret()],
    ),
  );
  const labels = { 'lockstep.dev/derived': 'true', 'lockstep.dev/record': secret() };
  const podAnnotations = { 'lockstep.dev/secret-version': secret() };
  const reader = aReader('api') as { metadata: object; spec: { template: { metadata: object } } };
  const marked = {
    ...reader,
    metadata: { ...reader.metadata, annotations: { 'lockstep.dev/restart': secret() } },
    spec: {
      ...reader.spec,
      template: {
        ...reader.spec.template,
        metadata: { ...reader.spec.template.metadata, annotations: podAnnotations },
      },
    },
  };
  await aTeam('marked', {}, { annotations, labels }, [marked]);
  await inStep('marked', 1);
  await change('marked', { JWT_SECRET: secret() });
  await inStep('marked', 2);
  await teams.onCluster('history', 'marked/app');
  await teams.onCluster('rollback', 'marked/app', '--to', '2', '--dry-run');
  t.ok(await teams.indexOf('marked'));
});

t.test('reads damaged records that hold values', async (t) => {
  const version = {
    number: 1,
    time: secret(),
    by: 'x',
    why: { kind: secret() },
    keys: secret(),
    sha256: secret(),
  };
  const spoilt: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'no-json': { index: `{"schema":"${secret()}` },
    'no-schema': { index: JSON.stringify({ schema: secret() }) },
    'no-time': {
      index: JSON.stringify({ schema: 1, uid: secret(), versions: [version], [secret()]: secret() }),
    },
    'no-list': { index: JSON.stringify([secret()]) },
    'a-text': { index: JSON.stringify(secret()) },
    'values-only': { 'version-1': secret() },
  };
  for (const [name, stringData] of Object.entries(spoilt)) {
    await aTeam(`spoilt-${name}`);
    await inStep(`spoilt-${name}`, 1);
    const remove = name === 'values-only' ? { data: { index: null } } : {};
    const patch = JSON.stringify({ stringData, ...remove });
    await kubectl('patch', 'secret', 'lockstep-record-app', '-n', `spoilt-${name}`, '-p', patch);
    await change(`spoilt-${name}`, { DB_PASSWORD: secret() });
    await event(`spoilt-${name}`, 'RecordUnreadable');
    t.equal((await teams.onCluster('history', `spoilt-${name}/app`)).exitCode, 2, name);
  }
  for (const [command = '', ...rest] of [
    ...['json', 'yaml', 'wide'].map((form) => ['history', '-o', form]),
    ['rollback', '--to', '1'],
    ['rotate'],
  ])
    t.equal((await teams.onCluster(command, 'spoilt-no-time/app', ...rest)).exitCode, 2, command);
  await aTeam('other-values');
  await inStep('other-values', 1);
  const patch = JSON.stringify({ stringData: { 'version-1': secret() } });
  await kubectl('patch', 'secret', 'lockstep-record-app', '-n', 'other-values', '-p', patch);
  await change('other-values', { JWT_SECRET: secret() });
  await inStep('other-values', 2);
  t.equal((await teams.onCluster('rollback', 'other-values/app', '--to', '1')).exitCode, 2);
});

t.test('reports a record that is too large, a quota, and missing rights', async (t) => {
  const blob = secret() + randomBytes(450_000).toString('base64');
  await aTeam('large', { BLOB: blob, DATABASE_URL: urlOf(secret()) });
  await event('large', 'ReconcileFailed');

  await kubectl('create', 'namespace', 'tight');
  await kubectl('create', 'quota', 'full', '-n', 'tight', '--hard=count/secrets=1');
  const used = () => kubectl('get', 'quota', 'full', '-n', 'tight', '-o', 'jsonpath={.status.used}');
  await until('a quota in force', [], async () => /\d/.test(await used()));
  const stringData = { DB_PASSWORD: secret(), DATABASE_URL: urlOf(secret()) };
  await put(aManifest({}, { metadata: { name: 'app' }, stringData }), 'create', '-n', 'tight');
  await event('tight', 'ReconcileFailed');

  const rights = JSON.parse(await kubectl('get', 'clusterrole', 'lockstep-controller', '-o', 'json'));
  const { rules } = rights as { rules: { resources: string[]; verbs: string[] }[] };
  const readOnly = rules.map((rule) =>
    rule.resources?.some((name) => ['secrets', 'deployments'].includes(name))
      ? { ...rule, verbs: ['get', 'list', 'watch'] }
      : rule,
  );
  const grant = (rules: object) =>
    put({ ...rights, metadata: { name: 'lockstep-controller' }, rules }, 'replace');
  await grant(readOnly);
  await aTeam('forbidden', { DATABASE_URL: urlOf(secret()) });
  await event('forbidden', 'ReconcileFailed');
  const nobody = await cluster.serviceAccountKubeconfig('default', 'default');
  for (const args of [
    ['history', 'shop/app'],
    ['uses', 'shop/app'],
    ['rollback', 'shop/app', '--to', '1'],
    ['rotate', 'shop/app'],
    ['doctor', '--cluster'],
    ['audit'],
  ])
    t.not((await teams.run(...args, '--kubeconfig', nobody)).exitCode, 0, args.join(' '));
  await grant(rules);
});

t.test('runs doctor, and checks the template of an ExternalSecret', async (t) => {
  for (const format of ['text', 'json', 'yaml']) {
    const { stdout } = await teams.onCluster('doctor', '--cluster', '--format', format);
    t.not(stdout, '');
  }
  const policy = join(cluster.dir, 'app.yaml');
  await writeFile(policy, await kubectl('get', 'secretpolicy', 'app', '-o', 'yaml'));
  t.equal((await teams.run('render', '--external-secret', '--policy', policy)).exitCode, 0);
  await kubectl('describe', 'secret', 'app', '-n', 'shop').then((text) => printed.push(text));
});

t.test('shows no piece of a value and no digest in any output', async (t) => {
  await event('shop', 'KeyOverdue');
  await until('the value before is removed', daemons, async () =>
    JSON.stringify(await teams.indexOf('shop')).includes('"retired"'),
  );
  await collect();
  const outputs = {
    ...(await readableObjects(cluster, ['marked'])),
    'what kubectl and lockstep answered': printed.join('\n'),
    'the log of the controller': controller.daemon.log(),
    'the log of the webhook': lockstep.logs(),
    'the audit log': await cluster.auditLog(),
  };
  const all = {
    ...outputs,
    'the metrics of the controller': await controller.metrics(),
    'the log of the API server': await cluster.apiServerLog(),
    'the metrics of the API server': (await cluster.request('/metrics')).text,
  };
  const search = canarySearcher([...values]);
  const digested = digestSearcher([...values], [...teams.digests]);
  for (const [where, output] of Object.entries(all)) {
    t.same(search(output), [], where);
    t.same(digested(output), [], `digests in ${where}`);
  }
  for (const [where, output] of Object.entries(outputs)) {
    if (!NAMELESS.has(where)) t.not(findCanaries(output, [known]).length, 0, `${where} is what was searched`);
  }
  t.match(all['the metrics of the controller'], /lockstep_controller_findings/);
  t.match(await held('shop', 'API_TOKEN'), /./);
});
