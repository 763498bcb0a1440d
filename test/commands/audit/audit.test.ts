import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { type AuditOptions, auditCluster } from '../../../src/commands/audit/audit.ts';
import { AUDIT_FORMATS } from '../../../src/report/audit/audit-formats.ts';
import { anApiServer, answerJson, aPage, aStatus } from '../../helpers/api/fake-api-server.ts';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const stored = (ref: string, values: Readonly<Record<string, string>>) => {
  const [namespace, name] = ref.split('/');
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, base64(value)]));
  return { metadata: { name, namespace }, type: 'Opaque', data };
};
const bad = (ref: string) => stored(ref, { JWT_SECRET: 'CHANGE_ME' });
const good = (ref: string) => stored(ref, { JWT_SECRET: GOOD.key });

type Answer = (response: ServerResponse) => void;

interface World {
  /** The pages of Secrets, one for each request. */
  readonly pages?: readonly (Answer | readonly object[])[];
  readonly policies?: readonly object[];
  readonly namespaces?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Other objects by their plural. */
  readonly objects?: Readonly<Record<string, Answer | readonly unknown[]>>;
}

async function audited(
  t: Test,
  { pages = [], policies, namespaces = { shop: {} }, objects = {} }: World,
  options: Partial<AuditOptions> = {},
  shell = aShell(),
) {
  let page = 0;
  const { kubeconfig, asked } = await anApiServer(t, (response, { pathname }) => {
    const name = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(pathname)?.[1];
    if (pathname.endsWith('/secretpolicies')) {
      if (policies === undefined) answerJson(response, aStatus(404, 'no such resource'), 404);
      else answerJson(response, { ...aPage(policies), kind: 'SecretPolicyList' });
    } else if (pathname === '/api/v1/namespaces') {
      const items = Object.entries(namespaces).map(([name, labels]) => ({ metadata: { name, labels } }));
      answerJson(response, { ...aPage(items), kind: 'PartialObjectMetadataList' });
    } else if (name !== undefined) {
      const labels = namespaces[name];
      if (labels === undefined) answerJson(response, aStatus(404, `namespaces "${name}" not found`), 404);
      else answerJson(response, { metadata: { name, labels } });
    } else if (!pathname.endsWith('/secrets')) {
      const answer = objects[pathname.split('/').at(-1) ?? ''];
      if (answer === undefined) answerJson(response, aStatus(404, 'no such resource'), 404);
      else if (typeof answer === 'function') answer(response);
      else answerJson(response, aPage(answer as object[]));
    } else {
      const answer = pages[page] ?? [];
      page += 1;
      if (typeof answer === 'function') answer(response);
      else answerJson(response, aPage(answer, page < pages.length ? `page-${page}` : ''));
    }
  });
  const all: AuditOptions = {
    kubeconfig,
    policy: [],
    builtin: true,
    lockstepNamespace: 'lockstep-system',
    format: 'text',
    summary: false,
    failOn: 'Enforce',
    ...options,
  };
  const exitCode = await auditCluster(all, shell);
  return { exitCode, asked, ...shell.printed };
}

/** The objects that read Secrets. */
const READERS = [
  '/apis',
  ...['deployments', 'statefulsets', 'daemonsets'].map((plural) => `/apis/apps/v1/${plural}`),
  ...['cronjobs', 'jobs'].map((plural) => `/apis/batch/v1/${plural}`),
  '/api/v1/pods',
  '/apis/networking.k8s.io/v1/ingresses',
  '/api/v1/serviceaccounts',
];

/** The Deployment that shows the limit of the installation. */
const INSTALLED = '/apis/apps/v1/namespaces/lockstep-system/deployments/lockstep-webhook';

t.test('lowers each action to the limit of the installation, in every format', async (t) => {
  const env = [{ name: 'LOCKSTEP_MAX_ACTION', value: 'Warn' }];
  const deployment = { spec: { template: { spec: { containers: [{ name: 'webhook', env }] } } } };
  const warning = { 'lockstep-webhook': (response: ServerResponse) => answerJson(response, deployment) };
  const run = (options: Partial<AuditOptions>, objects: World['objects'] = warning) =>
    audited(t, { pages: [[bad('shop/app')]], objects: objects ?? {} }, options);
  for (const format of AUDIT_FORMATS) {
    const { exitCode, stdout, stderr } = await run({ format });
    t.same([exitCode, stderr], [0, ''], format);
    if (format !== 'report') t.match(stdout, 'no Secret is denied', format);
  }
  const page = (await run({ format: 'html' })).stdout;
  t.match(page, /<dt>Maximum action<\/dt><dd>Warn<\/dd>/);
  t.match(page, 'No Secret would be denied');
  const json = JSON.parse((await run({ format: 'json' })).stdout);
  t.match(json.secrets, [{ verdict: 'allow', findings: [{ action: 'Warn' }] }]);
  t.match(
    json.policies.find(({ name }: { name: string }) => name === 'jwt-keys'),
    { actions: ['Warn'] },
  );
  const enforced = await run({ format: 'json', maxAction: 'Enforce' });
  t.match([enforced.exitCode, JSON.parse(enforced.stdout)], [1, { notes: [], summary: { denied: 1 } }]);
  const forbidden = (response: ServerResponse) => answerJson(response, aStatus(403, 'no'), 403);
  const unknown = await run({ format: 'json' }, { 'lockstep-webhook': forbidden });
  t.equal(unknown.exitCode, 1);
  t.match(
    unknown.stderr,
    /^lockstep: the installation may limit the actions, leave out built-in policies or exclude namespaces, because /,
  );
  const other = {
    ...deployment.spec.template.spec.containers[0],
    args: ['--no-builtin=of-a-newer-version,jwt-keys'],
  };
  const newer = { spec: { template: { spec: { containers: [other] } } } };
  const without = await run(
    { format: 'json' },
    { 'lockstep-webhook': (response: ServerResponse) => answerJson(response, newer) },
  );
  t.same([without.exitCode, without.stderr], [0, '']);
  t.notOk(JSON.parse(without.stdout).policies.some(({ name }: { name: string }) => name === 'jwt-keys'));
  // With the option, the limit is known. The rest of the installation is not.
  const limited = await run({ format: 'json', maxAction: 'Warn' }, { 'lockstep-webhook': forbidden });
  t.equal(limited.exitCode, 0);
  t.match(
    limited.stderr,
    /^lockstep: the installation may leave out built-in policies or exclude namespaces, because /,
  );
});

t.test('sets the exit code to 1 if a write would be denied', async (t) => {
  const codeOf = async (pages: World['pages'], options: Partial<AuditOptions> = {}) =>
    (await audited(t, { pages: pages ?? [] }, options)).exitCode;
  const warned = stored('shop/app', { JWT_SECRET: GOOD.key, TITLE: 'naïve', API_KEY: `${GOOD.key}\n` });
  t.equal(await codeOf([]), 0);
  t.equal(await codeOf([[good('shop/app')]]), 0);
  t.equal(await codeOf([[good('shop/app')], [bad('shop/worse')]]), 1);
  t.equal(await codeOf([[bad('shop/app')]], { failOn: 'Never' }), 0);
  t.equal(await codeOf([[warned]]), 0);
  t.equal(await codeOf([[warned]], { failOn: 'Warn' }), 1);
  const onlyRecorded = { maxAction: 'Audit' } as const;
  t.equal(await codeOf([[bad('shop/app')]], { ...onlyRecorded, failOn: 'Warn' }), 0);
  t.equal(await codeOf([[bad('shop/app')]], { ...onlyRecorded, failOn: 'Audit' }), 1);
  t.equal(await codeOf([[good('shop/app')]], { ...onlyRecorded, failOn: 'Audit' }), 0);
});

t.test(
  'validates with the built-in policies, and reads no namespaces, if the CRD is not installed',
  async (t) => {
    const { stdout, asked } = await audited(t, { pages: [[bad('shop/app')]] });
    t.match(stdout, /^shop\n {2}Secret shop\/app: would be denied\n {4}error {4}JWT_SECRET is a placeholder/);
    t.same(
      asked.map((path) => path.split('?')[0]),
      ['/apis/lockstep.dev/v1alpha1/secretpolicies', INSTALLED, ...READERS, '/api/v1/secrets'],
    );
  },
);

const prodOnly = aSecretPolicy('prod', {
  match: { namespaceSelector: { matchLabels: { env: 'prod' } } },
  keys: { PIN: { minLength: 12 } },
});

t.test('reads the labels of namespaces only if a policy selects by them', async (t) => {
  const pages = [[stored('shop/app', { PIN: '73914402' }), stored('test/app', { PIN: '73914402' })]];
  const namespaces = { shop: { env: 'prod' }, test: { env: 'test' } };
  const { stdout, exitCode } = await audited(t, { pages, policies: [prodOnly], namespaces });
  t.match(stdout, 'Secret shop/app: would be denied');
  t.notMatch(stdout, 'Secret test/app');
  t.equal(exitCode, 1);
  const one = await audited(t, { pages, policies: [prodOnly], namespaces }, { namespace: 'shop' });
  t.ok(one.asked.includes('/api/v1/namespaces/shop'));
  t.notOk(
    one.asked.some((path) => /namespaces(\?|$)/.test(path)),
    'not the labels of all namespaces',
  );
});

t.test('fails on a namespace that does not exist', async (t) => {
  await t.rejects(audited(t, {}, { namespace: 'shpo' }), { message: 'there is no namespace shpo' });
  const { stdout, exitCode } = await audited(t, {}, { namespace: 'shop' });
  t.match(stdout, 'no Secret to validate was found');
  t.equal(exitCode, 0);
});

t.test('reports the validated Secrets and exits with 2 if reading fails', async (t) => {
  const refused: Answer = (response) => answerJson(response, aStatus(403, 'no longer'), 403);
  const pages = [[bad('shop/app')], refused];
  const text = await audited(t, { pages });
  t.equal(text.exitCode, 2);
  t.match(text.stdout, /1 would be denied; not all could be read\n$/);
  t.match(text.stdout, 'error: this user may not list secrets in all namespaces');
  const json = await audited(t, { pages }, { format: 'json' });
  t.match(JSON.parse(json.stdout), {
    summary: { complete: false, denied: 1 },
    errors: [{ message: /list secrets/ }],
  });
  t.match(json.stderr, /^lockstep: this user may not list secrets in all namespaces/);
});

t.test('writes no report and no file if no Secret could be validated', async (t) => {
  const refused: Answer = (response) => answerJson(response, aStatus(403, 'no'), 403);
  const output = join(t.testdir({}), 'report.json');
  await t.rejects(audited(t, { pages: [refused] }, { output }), { code: 'LOCKSTEP_READ_FORBIDDEN' });
  t.same(readdirSync(dirname(output)), []);
});

t.test('refuses a path that can not be written before it reads the cluster', async (t) => {
  const notRead: Answer = () => t.fail('a Secret was read');
  const folder = t.testdir({});
  const output = join(folder, 'missing', 'report.json');
  await t.rejects(audited(t, { pages: [notRead] }, { output }), {
    message: `cannot write ${output} (ENOENT); it is as it was`,
    exitCode: 2,
  });
  t.same(readdirSync(folder), []);
});

t.test("reports the write error if the report can't be completed", async (t) => {
  const many = Array.from({ length: 1000 }, (_, n) => bad(`shop/secret-${n}`));
  const whole = audited(t, { pages: [many] }, { output: '/dev/full', format: 'json' });
  await t.rejects(whole, { message: 'cannot write /dev/full (ENOSPC); it is as it was', exitCode: 2 });
});

t.test('stops reading at a signal, and reports the validated Secrets', async (t) => {
  const shell = aShell();
  let interrupt = (): void => {};
  const onSignal = (listener: () => void): void => {
    interrupt = listener;
  };
  const silent: Answer = () => interrupt();
  const output = join(t.testdir({}), 'report.json');
  const pages = [[bad('shop/app')], silent];
  const options = { output, format: 'json' } as const;
  const { exitCode, stdout } = await audited(t, { pages }, options, { ...shell, onSignal });
  t.equal(exitCode, 2);
  t.match(stdout, 'error: stopped by a signal before all were read');
  t.match(JSON.parse(readFileSync(output, 'utf8')), { summary: { complete: false, secrets: 1 } });
});

t.test("reports an incomplete audit if a policy of the cluster can't take effect", async (t) => {
  const broken = { ...prodOnly, metadata: { name: 'broken' }, spec: { keys: 1 } };
  const { exitCode, stdout } = await audited(t, { pages: [[good('shop/app')]], policies: [broken] });
  t.equal(exitCode, 2);
  t.match(stdout, 'error: SecretPolicy broken can not take effect: spec.keys');
});

t.test('reports a list that expired during the audit', async (t) => {
  const expired: Answer = (response) =>
    answerJson(response, aStatus(410, 'too old', { continue: 'later' }), 410);
  const pages = [[good('shop/app')], expired, [bad('shop/later')]];
  const { exitCode, stdout } = await audited(t, { pages });
  t.equal(exitCode, 1);
  t.match(stdout, 'note: reading took longer than the API server keeps its history');
  t.match(stdout, '2 Secrets in 1 namespace validated: 1 would be denied');
});

const deployment = (env: readonly object[], name = 'api') => ({
  metadata: { name, namespace: 'shop' },
  spec: { template: { spec: { containers: [{ env }] } } },
});
const keyRef = (name: string, key: string) => ({ name: key, valueFrom: { secretKeyRef: { name, key } } });

t.test('compares the references of workloads with the Secrets of all pages', async (t) => {
  const objects = {
    deployments: [
      deployment([keyRef('app', 'JWT_SECRET'), keyRef('later', 'JWT_SECRET'), keyRef('absent', 'A')]),
    ],
  };
  const pages = [[good('shop/app')], [good('shop/later')], []];
  const { exitCode, stdout } = await audited(t, { pages, objects });
  t.equal(exitCode, 0);
  t.match(
    stdout,
    /^Other objects\n {2}Deployment shop\/api\n {4}warning {2}the Secret absent does not exist, and the variable A reads it \[missing-reference\]\n {13}create it, /,
  );
  t.match(stdout, '1 missing reference');
  t.equal((await audited(t, { pages, objects }, { failOn: 'Warn' })).exitCode, 1);
});

t.test('compares nothing if not all Secrets could be read, and names what is missing', async (t) => {
  const refused: Answer = (response) => answerJson(response, aStatus(403, 'no'), 403);
  const objects = { deployments: [deployment([keyRef('absent', 'A')])], jobs: refused };
  const broken = await audited(t, { pages: [[good('shop/app')], refused], objects });
  t.notMatch(broken.stdout, 'absent');
  t.match(broken.stdout, 'note: references to Secrets were compared without some Secrets, which');
  const few = await audited(t, { pages: [[good('shop/app')], []], objects }, { format: 'json' });
  t.equal(few.exitCode, 0);
  t.match(JSON.parse(few.stdout), {
    objects: [{ kind: 'Deployment', name: 'api' }],
    notes: [
      { message: /compared without jobs, the kinds of installed controllers, which could not be read/ },
    ],
  });
});

t.test('reads objects of any form', async (t) => {
  const canary = aCanary();
  const odd = [
    {},
    { metadata: null },
    { metadata: { name: 'a', namespace: 'shop' }, spec: [] },
    {
      metadata: { name: 'b', namespace: 'shop', ownerReferences: [null] },
      spec: { template: { spec: canary } },
      status: { conditions: [null] },
    },
    deployment([{}, { name: 7, valueFrom: [] }, { valueFrom: { secretKeyRef: { name: 7 } } }] as object[]),
    deployment([null, canary] as never),
    JSON.parse('{"metadata":{"name":"c","namespace":"shop"},"spec":{"__proto__":{"template":1}}}'),
  ];
  const objects = { deployments: odd, jobs: odd, serviceaccounts: odd, ingresses: odd, apis: odd };
  const { exitCode, stdout } = await audited(t, { pages: [[good('shop/app')], []], objects });
  t.equal(exitCode, 0, stdout);
  t.notMatch(stdout, 'Other objects');
  t.same(findCanaries(stdout, [canary]), []);
});

t.test('prints only counts with --summary, and writes the report to the file with --output', async (t) => {
  const pages = [[bad('shop/app')]];
  const summary = await audited(t, { pages }, { summary: true });
  t.match(summary.stdout, /^By namespace/);
  const output = join(t.testdir({}), 'report.json');
  const { stdout } = await audited(t, { pages }, { output, format: 'json' });
  t.match(stdout, /^By namespace.*1 would be denied\n$/s);
  t.equal(JSON.parse(readFileSync(output, 'utf8')).secrets[0].name, 'app');
});

t.test('prints reports of the kind that the cluster has, and of OpenReports without one', async (t) => {
  const kindsOf = async (objects: World['objects'] = {}) => {
    const { stdout } = await audited(t, { pages: [[bad('shop/app')]], objects }, { format: 'report' });
    return JSON.parse(stdout).items.map(({ kind }: { kind: string }) => kind);
  };
  const resources: Answer = (response) => answerJson(response, { resources: [{ name: 'policyreports' }] });
  t.same(await kindsOf(), ['Report']);
  t.same(await kindsOf({ v1alpha2: resources }), ['PolicyReport']);
  await t.rejects(audited(t, {}, { format: 'report', summary: true }), { code: 'LOCKSTEP_BAD_OPTION' });
});

t.test('tries a policy before it is rolled out', async (t) => {
  const dir = t.testdir({ 'pin.yaml': JSON.stringify({ ...prodOnly, spec: { keys: prodOnly.spec.keys } }) });
  const world = { pages: [[stored('shop/app', { PIN: '73914402' })]] };
  t.equal((await audited(t, world)).exitCode, 0);
  const { exitCode, stdout } = await audited(t, world, { policy: [join(dir, 'pin.yaml')] });
  t.equal(exitCode, 1);
  t.match(stdout, /^ {2}prod \(file\) +1/m);
});

t.test('reports a key that is older than its policy allows, by the last write of the Secret', async (t) => {
  const spec = { match: { names: ['app'] }, keys: { API_TOKEN: { maxAge: '720h' } } };
  const policies = [{ ...prodOnly, metadata: { name: 'tokens' }, spec }];
  const aged = (time: string): object => {
    const { metadata, ...rest } = stored('shop/app', { API_TOKEN: GOOD.key });
    const managedFields = [
      { manager: 'kubectl', operation: 'Update', time, fieldsV1: { 'f:data': { 'f:API_TOKEN': {} } } },
    ];
    return { ...rest, metadata: { ...metadata, uid: 'u', resourceVersion: '7', managedFields } };
  };
  const ofAge = async (time: string) => {
    const app = aged(time);
    const objects = { app: (response: ServerResponse) => answerJson(response, app) };
    return await audited(t, { pages: [[app]], policies, objects }, { format: 'json' });
  };
  const old = await ofAge('2020-01-01T00:00:00Z');
  t.equal(old.exitCode, 0, 'an overdue key is no fault of a write');
  t.match(JSON.parse(old.stdout), {
    secrets: [
      { name: 'app', overdue: [{ key: 'API_TOKEN', policy: 'tokens', since: '2020-01-31T00:00:00.000Z' }] },
    ],
    summary: { overdue: 1 },
  });
  t.match(JSON.parse((await ofAge(new Date().toISOString())).stdout), {
    secrets: [],
    summary: { overdue: 0 },
  });
});

t.test('prints no value of a Secret', async (t) => {
  const canary = aCanary();
  const url = `postgresql://app:${canary}@db/app`;
  const secrets = [
    stored('shop/app', {
      JWT_SECRET: `changeme-${canary}`,
      DATABASE_URL: url,
      POSTGRES_PASSWORD: `${canary}\n`,
    }),
    stored('shop/odd', { PASSWORD: `$(openssl ${canary})`, API_KEY: `"${canary}"`, TOKEN: `é${canary}` }),
  ];
  for (const format of AUDIT_FORMATS) {
    const cut: Answer = (response) => {
      const page = JSON.stringify(aPage([stored('shop/z', { KEY: canary })]));
      response.end(page.slice(0, page.indexOf('"type"')));
    };
    const world = { pages: format === 'text' ? [secrets, cut, cut, cut] : [secrets] };
    const { stdout, stderr } = await audited(t, world, { format });
    t.match(stdout, 'shop');
    t.same(findCanaries(stdout + stderr, [canary]), []);
  }
});

const secretsAsked = (asked: readonly string[]) => asked.filter((path) => /\/secrets\?/.test(path));

t.test('-n, -A and -l choose the Secrets as in kubectl', async (t) => {
  const one = await audited(t, { pages: [[bad('shop/app')]] }, { namespace: 'shop' });
  t.match(secretsAsked(one.asked), [/^\/api\/v1\/namespaces\/shop\/secrets\?/]);
  const all = await audited(t, { pages: [[bad('shop/app')]] }, { namespace: 'shop', allNamespaces: true });
  t.match(secretsAsked(all.asked), [/^\/api\/v1\/secrets\?/]);
  const some = await audited(t, { pages: [[bad('shop/app')]] }, { selector: 'app=shop,tier!=test' });
  t.match(secretsAsked(some.asked), [/labelSelector=app=shop,tier!=test(&|$)/]);
  t.equal(some.exitCode, 1);
});

t.test('with -l, a Secret that was not read does not count as absent', async (t) => {
  const { asked } = await audited(t, { pages: [[good('shop/app')]] }, { selector: 'app=shop' });
  t.notOk(asked.some((path) => path.endsWith('/deployments')));
});
