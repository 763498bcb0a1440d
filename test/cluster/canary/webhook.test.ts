import { createPrivateKey } from 'node:crypto';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { execa } from 'execa';
import t, { type Test } from 'tap';
import { placeholder } from '../../../src/engine/review/rules/placeholder.ts';
import { keyRules, secretRules } from '../../../src/engine/review/rules/registry.ts';
import { AUDIT_FORMATS } from '../../../src/report/audit/audit-formats.ts';
import { auditParts, secretAuditEntries } from '../../helpers/api/audit-log.ts';
import { applyFormPolicy } from '../../helpers/api/form-policy.ts';
import { startLeakyWebhook } from '../../helpers/api/leaky-webhook.ts';
import { aCanary, canarySearcher, findCanaries } from '../../helpers/canary/canary.ts';
import { aCluster, aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, base64, NAME, type Team } from '../../helpers/cluster/team.ts';
import { type Fault, FORM_POLICY, faultsOf } from '../../helpers/engine/faults.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import type { KubectlOptions } from '../../testbed/cluster/kubectl.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { until } from '../../testbed/process/until.ts';

const { cluster, lockstep } = await aClusterWithLockstep(t, { logLevel: 'debug' });
await applyFormPolicy(cluster);

/** Each value is used once. No output may hold a piece of one. */
// A policy that lists secrets by mistake must not spread them.
const values: string[] = [...FORM_POLICY.spec.keys.CHOSEN.enum];
const secret = (length?: number, end = ''): string => {
  const value = aCanary(length) + end;
  values.push(value);
  return value;
};
/** The output of kubectl, and the answers of lockstep to the test. */
const printed: string[] = [];

/** A Secret without a fault. Its password needs percent-encoding. */
function aStory(): Record<string, string> {
  const password = `${aCanary(16)}@/:${aCanary(16)}`;
  values.push(password);
  return {
    POSTGRES_USER: secret(16),
    POSTGRES_PASSWORD: password,
    POSTGRES_DB: secret(16),
    JWT_SECRET: secret(),
    JWT_REFRESH_SECRET: secret(),
    CSRF_SECRET: secret(),
    API_TOKEN: secret(),
    REDIS_URL: `redis://:${secret()}@redis:6379/0`,
  };
}

async function kubectl(team: Team, words: string, options?: KubectlOptions): Promise<number> {
  const { stdout, stderr, exitCode } = await team.kubectl(words, options);
  printed.push(stdout, stderr);
  return exitCode;
}

t.test('writes findings of every rule on create, both kinds of apply, and replace', async (t) => {
  for (const rule of Object.keys(faultsOf(aStory(), secret)) as (keyof ReturnType<typeof faultsOf>)[]) {
    const team = await aTeam(cluster);
    const story = aStory();
    const fault: Fault = faultsOf(story, secret)[rule];
    const faulty = aManifest({ ...story, ...fault.stringData }, fault.data && { data: fault.data });
    await kubectl(team, 'create -f - --dry-run=server', { input: faulty });
    t.equal(
      await kubectl(team, 'apply -f -', { input: aManifest(story) }),
      0,
      `${rule}: a good one is stored`,
    );
    await kubectl(team, 'apply -f -', { input: faulty });
    await kubectl(team, 'apply --server-side --force-conflicts -f -', { input: faulty });
    await kubectl(team, 'replace -f -', { input: faulty });
  }
  const metrics = await lockstep.metrics();
  for (const { id } of [...keyRules, ...secretRules]) {
    const spoken = new RegExp(`lockstep_admission_\\w+_total\\{(rule|reason)="${id}"`);
    t.ok(spoken.test(metrics), `${id} has spoken`);
  }
});

t.test('answers patches, labels, a generated name, and a change of the password', async (t) => {
  const team = await aTeam(cluster);
  const story = aStory();
  const patch = async (type: 'strategic' | 'merge' | 'json', body: object): Promise<number> => {
    const { stdout, stderr, exitCode } = await team.patch(type, body);
    printed.push(stdout, stderr);
    return exitCode;
  };
  await kubectl(team, 'create -f -', { input: aManifest(story) });
  const rotated = { stringData: { POSTGRES_PASSWORD: secret() } };
  t.equal(await patch('strategic', rotated), 0);
  t.match((await team.stored())?.values, { DATABASE_URL: rotated.stringData.POSTGRES_PASSWORD });
  const bad = `$(openssl rand -base64 48 ${secret()})`;
  t.equal(await patch('strategic', { stringData: { JWT_SECRET: bad } }), 1);
  t.equal(await patch('merge', { data: { JWT_SECRET: base64(bad) } }), 1);
  t.equal(await patch('json', [{ op: 'add', path: '/data/JWT_SECRET', value: base64(bad) }]), 1);
  t.equal(await kubectl(team, `label secret ${NAME} a=b`), 0);
  t.equal(await kubectl(team, `create secret generic app --from-literal=JWT_SECRET=${secret(10)}`), 1);
  const metadata = { name: undefined, generateName: 'backend-' };
  const input = aManifest({ ...aStory(), JWT_SECRET: secret(10) }, { metadata });
  t.equal(await kubectl(team, 'create -f -', { input }), 1);
});

t.test('keeps, refuses and lets through changes of stored values', async (t) => {
  const team = await aTeam(cluster);
  const story = { ...aStory(), KEPT: secret(), GUARDED: secret() };
  const consent = { metadata: { name: NAME, annotations: { 'lockstep.dev/allow-change-until': secret() } } };
  await kubectl(team, 'create -f -', { input: aManifest(story) });
  for (const kind of ['apply -f -', 'apply --server-side --force-conflicts -f -', 'replace -f -']) {
    t.equal(await kubectl(team, kind, { input: aManifest({ ...story, KEPT: secret() }) }), 0, kind);
    t.equal(await kubectl(team, kind, { input: aManifest({ ...story, GUARDED: secret() }) }), 1, kind);
    t.equal(await kubectl(team, kind, { input: aManifest({ ...story, KEPT: secret() }, consent) }), 0, kind);
  }
  t.same((await team.stored())?.values.KEPT, story.KEPT);
  consent.metadata.annotations['lockstep.dev/allow-change-until'] = new Date(
    Date.now() + 60_000,
  ).toISOString();
  const changed = { ...story, KEPT: secret(), GUARDED: secret() };
  t.equal(await kubectl(team, 'replace -f -', { input: aManifest(changed, consent) }), 0);
  t.match((await team.stored())?.values, { KEPT: changed.KEPT, GUARDED: changed.GUARDED });
  const metrics = await lockstep.metrics();
  t.match(metrics, /lockstep_admission_\w+_total\{rule="changed"/);
  t.match(metrics, /lockstep_admission_\w+_total\{reason="changed"/);
});

t.test('answers malformed reviews', async (t) => {
  const review = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u', operation: 'CREATE', object: { kind: 'Secret', data: { KEY: base64(secret()) } } },
  });
  const bodies = {
    'cut off': review.slice(0, -8),
    'no base64': review.replace(/"KEY":"/, `$&!${secret()}`),
    'no string': review.replace(/"KEY":/, `$&["${secret()}"],"K":`),
    'data that is a text': review.replace(/"data":/, `$&"${secret()}","d":`),
    'a kind that is a value': review.replace('AdmissionReview', secret()),
    'an operation that is a value': review.replace('CREATE', secret()),
    'no JSON': secret(),
    'too large': review.replace(/"KEY":"/, `$&${base64(secret().repeat(150_000))}`),
  };
  for (const [name, body] of Object.entries(bodies)) {
    for (const path of ['/mutate', '/validate']) {
      const { status, answer } = await post(path, body);
      printed.push(answer);
      t.ok(status >= 400, `${name}: ${status}`);
    }
  }
});

t.test('refuses invalid policies that hold values', async (t) => {
  const team = await aTeam(cluster);
  for (const [because, policy] of Object.entries(unusablePolicies())) {
    t.equal(await kubectl(team, 'create -f -', { input: policy }), 1, because);
    t.match(printed.at(-1), /\[lockstep\]/, because);
  }
});

t.test('fails a call while lockstep is down', async (t) => {
  const team = await aTeam(cluster);
  await lockstep.stop();
  t.equal(await kubectl(team, 'create -f -', { input: aManifest(aStory()) }), 0);
  await storeFaults();
  for (const policy of Object.values(unusablePolicies()))
    t.equal(await kubectl(team, 'create -f -', { input: policy }), 0, 'a policy gets in unseen');
  await lockstep.apply('manifests/overlays/fail-closed');
  const input = aManifest(aStory());
  await until('fail-closed', [], async () => (await kubectl(team, 'replace -f -', { input })) === 1);
  await lockstep.start();
});

t.test('states in its status why a policy is invalid', async (t) => {
  const policies = Object.keys(unusablePolicies()).length;
  const read = async (field: string) => {
    const { stdout } = await cluster.kubectl([
      'get',
      'secretpolicies',
      '-o',
      `jsonpath={.items[*].${field}}`,
    ]);
    return stdout;
  };
  await until(
    'each status',
    [],
    async () => (await read('status.reason')).match(/Invalid/g)?.length === policies,
  );
  printed.push(await read('status'), (await cluster.kubectl(['get', 'secretpolicies'])).stdout);
  t.match(printed.at(-2), /spec\.keys\.URL\.derive\.template/);
});

t.test('reports every stored finding with lockstep audit, without a piece of a value', async (t) => {
  const search = canarySearcher(values);
  for (const format of AUDIT_FORMATS) {
    const args = ['audit', '--kubeconfig', cluster.kubeconfig, '--format', format];
    const { stdout, stderr, exitCode } = await execa(process.execPath, [entryPoint(), ...args], {
      reject: false,
    });
    t.equal(exitCode, 2, `${format}: the policies that can not be used are told`);
    // A report of the cluster holds only the strongest findings of a namespace.
    const rules = format === 'report' ? [placeholder] : [...keyRules, ...secretRules];
    for (const { id } of rules) t.ok(stdout.includes(id), `${format}: ${id}`);
    t.same(search(stdout + stderr), [], format);
  }
});

t.test('shows no piece of a value in any output', async (t) => {
  const team = await aTeam(cluster);
  // Names are no secrets. If the search finds one, it reads the right outputs.
  const name = `known-${aCanary(20).toLowerCase()}`;
  const refused = aManifest({ ...aStory(), JWT_SECRET: 'CHANGE_ME' }, { metadata: { name } });
  t.equal(await kubectl(team, 'create -f -', { input: refused }), 1);
  await until('the last log line', [], () => lockstep.logs().includes(name));
  await until('the last audit entry', [], async () => (await cluster.auditLog()).includes(name));
  const outputs = {
    'what kubectl and lockstep answered': printed.join('\n'),
    'the output of lockstep': lockstep.logs(),
    'the audit log': await cluster.auditLog(),
    'the log of the API server': await cluster.apiServerLog(),
  };
  const search = canarySearcher([...values, await caKey(t)]);
  for (const [where, output] of Object.entries(outputs)) {
    t.same(search(output), [], where);
    if (where !== 'the log of the API server')
      t.not(findCanaries(output, [name]).length, 0, `${where} is what was searched`);
  }
  t.ok(outputs['the log of the API server'].includes('lockstep/placeholder'));
  const metrics = (await lockstep.metrics()) + (await cluster.request('/metrics')).text;
  t.same(search(metrics), [], 'the metrics of lockstep and of the API server');
  t.ok(/lockstep_admission_reviews_total[\s\S]*apiserver_request_total/.test(metrics));
});

t.test('adds no value to the audit log at level Request', async (t) => {
  const { cluster: recording } = await aClusterWithLockstep(t, { auditLevel: 'Request' });
  await applyFormPolicy(recording);
  const { namespace } = await aTeam(recording);
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const send = (method: 'POST' | 'PUT', name: string, { stringData = {}, data }: Fault) => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(stringData) };
    const body = aManifest(stringData, { ...(data && { data }), metadata: { name, annotations } });
    return recording.request(method === 'PUT' ? `${path}/${name}` : path, { method, body });
  };
  const rules = Object.keys(faultsOf(aStory(), secret)) as (keyof ReturnType<typeof faultsOf>)[];
  for (const rule of rules) {
    const story = aStory();
    const fault = faultsOf(story, secret)[rule];
    const faulty: Fault = { ...fault, stringData: { ...story, ...fault.stringData } };
    await send('POST', `new-${rule}`, faulty);
    await send('POST', rule, { stringData: story });
    await send('PUT', rule, faulty);
  }
  const ours = async () =>
    (await secretAuditEntries(recording)).filter(({ objectRef }) => objectRef?.namespace === namespace);
  await until('the last audit entry', [], async () => (await ours()).length === 3 * rules.length);
  const { sent, patches, rest } = auditParts(await ours());
  const search = canarySearcher(values);
  t.not(search(sent).length, 0, 'what was sent is recorded');
  t.not(search(patches).length, 0, 'and what the mutating webhook answered');
  for (const { id } of [...keyRules, ...secretRules]) t.ok(rest.includes(id), `${id} has spoken`);
  t.same(search(rest), [], 'messages and annotations of lockstep are not among it');
});

t.test('finds values that other webhooks and other settings leak', async (t) => {
  const leaking = await aCluster(t, { auditLevel: 'Request' });
  const team = await aTeam(leaking);
  const [quoted, written] = [aCanary(), aCanary()];
  await team.run('apply -f -', { input: aManifest() });
  {
    await using _ = await startLeakyWebhook(leaking, (data) => ({
      code: 422,
      message: `no ${data.JWT_SECRET}`,
    }));
    const input = aManifest({ JWT_SECRET: quoted });
    await until('the leak', [], async () => (await team.kubectl('replace -f -', { input })).exitCode === 1);
    const { stderr } = await team.kubectl('replace -f -', { input });
    t.match(findCanaries(stderr, [quoted]), [{ form: 'base64' }], 'kubectl prints the message');
    t.match(
      findCanaries(await leaking.apiServerLog(), [quoted]),
      [{ form: 'base64' }],
      'and the API server logs it',
    );
  }
  {
    await using _ = await startLeakyWebhook(leaking, () => ({ code: 403, message: 'no' }));
    const input = aManifest({ JWT_SECRET: written });
    await until('the denial', [], async () => (await team.kubectl('replace -f -', { input })).exitCode === 1);
    const { stderr } = await team.kubectl('apply -f -', { input });
    t.not(findCanaries(stderr, [written]).length, 0, 'kubectl prints the patch that was refused');
  }
  const audited = async () => findCanaries(await leaking.auditLog(), [written]).length > 0;
  await until('the request in the audit log', [], audited);
  t.ok(await audited());
});

/** The private part of the key of lockstep's CA, as in its PEM. */
async function caKey(t: Test): Promise<string> {
  const path = '/api/v1/namespaces/lockstep-system/secrets/lockstep-webhook-ca';
  const { data } = (await cluster.request(path)).json();
  const { d = '' } = createPrivateKey(Buffer.from(data['ca.key'], 'base64')).export({ format: 'jwk' });
  const key = Buffer.from(d, 'base64url').toString('base64').replace(/=+$/, '');
  t.match(findCanaries(JSON.stringify(data), [key]), [{ form: 'base64' }], 'it is found where it is');
  return key;
}

/** The findings for `lockstep audit`: one Secret for each rule, in a namespace of that name. */
async function storeFaults(): Promise<void> {
  const story = aStory();
  const items = Object.entries(faultsOf(story, secret)).flatMap(([rule, { stringData, data }]) => [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: rule } },
    aManifest(
      { ...story, ...stringData },
      { ...(data && { data }), metadata: { name: NAME, namespace: rule } },
    ),
  ]);
  const input = { apiVersion: 'v1', kind: 'List', items };
  const { stdout, stderr } = await cluster.mustRun(['create', '-f', '-'], { input });
  printed.push(stdout, stderr);
}

/** Each request by its fault. */
function unusablePolicies(): Record<string, object> {
  const policy = (name: string, keys: object, spec: object = {}): object =>
    aSecretPolicy(name, { match: { names: ['app'] }, keys, ...spec });
  const derived = (template: string) => ({ derive: { template } });
  return {
    'a base key that is not there': policy('absent', {
      URL: derived(`redis://:${secret()}@\${HOST}/0`),
      TOKEN: { default: secret() },
    }),
    'a template that is none': policy('none', { URL: derived(`redis://:${secret()}@\${/0`) }),
    'a cycle': policy(
      'cycle',
      { A: { ...derived(`${secret()}\${B}`) }, B: { ...derived(`${secret()}\${A}`) } },
      { environments: { test: { TOKEN: secret() } } },
    ),
  };
}

async function post(path: string, body: string): Promise<{ status: number; answer: string }> {
  const { address, port } = lockstep;
  const ca = await lockstep.ca();
  const servername = 'lockstep-webhook.lockstep-system.svc';
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const call = request(
      { host: address, port, path, method: 'POST', ca, servername, headers },
      (response) => {
        text(response).then((answer) => resolve({ status: response.statusCode ?? 0, answer }), reject);
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
