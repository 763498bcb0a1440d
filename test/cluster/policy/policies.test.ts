import t, { type Test } from 'tap';
import { aReview, aSecretObject, bytesOf } from '../../helpers/admission/review.ts';
import { post } from '../../helpers/admission/serving.ts';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import type { Replica } from '../../testbed/lockstep/replica.ts';
import { until } from '../../testbed/process/until.ts';

// The life of a SecretPolicy on two replicas, from `kubectl apply` to its deletion.
const { cluster, lockstep } = await aClusterWithLockstep(t, { replicas: 2 });
const ca = await lockstep.ca();

type Spec = Readonly<Record<string, unknown>>;
const apply = (name: string, spec: Spec) => cluster.apply(aSecretPolicy(name, spec));
const requires = (key: string, more: Spec = {}): Spec => ({
  match: { names: ['shop'] },
  keys: { [key]: { required: true } },
  ...more,
});
/** Derived from a key that does not exist. The schema accepts it, and lockstep does not. */
const UNUSABLE: Spec = { match: { names: ['shop'] }, keys: { A: { derive: { template: '${B}' } } } };

/** The keys that this replica reports as missing in an empty Secret, called without the forwarder. */
async function missing(replica: Replica, namespace = 'team', name = 'shop'): Promise<string> {
  const { address, port } = replica.place;
  const object = aSecretObject({}, { metadata: { name, namespace } });
  const review = aReview({ object, name, namespace, dryRun: true });
  const options = { host: address, servername: 'lockstep-webhook.lockstep-system.svc' };
  const { text } = await post({ port, ca }, '/validate', bytesOf(review), options);
  const causes: { field: string }[] = JSON.parse(text).response.status?.details.causes ?? [];
  return causes.map(({ field }) => field).join();
}

const onBoth = (what: string, expected: string, namespace?: string) =>
  until(what, [], async () => {
    const found = await Promise.all(lockstep.replicas().map((replica) => missing(replica, namespace)));
    return found.every((each) => each === expected);
  });

interface Status {
  readonly observedGeneration: number;
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
}

async function stored(name: string) {
  const { stdout } = await cluster.mustRun(['get', 'secretpolicy', name, '-o', 'json']);
  const { metadata, status } = JSON.parse(stdout);
  return { metadata, status: status as Status | undefined };
}

async function statusWhen(name: string, is: (status: Status) => boolean): Promise<Status> {
  let last: Status | undefined;
  await until(`the status of ${name}`, [], async () => {
    const { metadata, status } = await stored(name);
    last = status;
    return status !== undefined && status.observedGeneration === metadata.generation && is(status);
  });
  if (last === undefined) throw new Error('it was there');
  return last;
}

/** Removes `/validate-policy` during `write`, as if every pod were down, and restores it. */
async function unasked(t: Test, write: () => Promise<unknown>): Promise<void> {
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/lockstep';
  const { webhooks } = (await cluster.request(path)).json();
  const index = webhooks.findIndex(({ name }: { name: string }) => name === 'policies.lockstep.dev');
  const set = async (rules: unknown) => {
    const body = [{ op: 'replace', path: `/webhooks/${index}/rules`, value: rules }];
    const { status } = await cluster.request(path, {
      method: 'PATCH',
      body,
      contentType: 'application/json-patch+json',
    });
    t.equal(status, 200);
  };
  await set([]);
  await until('a policy to be taken unasked', [], async () => {
    const input = aSecretPolicy('unasked', UNUSABLE);
    return (await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], { input })).exitCode === 0;
  });
  await write();
  await set(webhooks[index].rules);
}

const linesOf = (message: string): Record<string, unknown>[] =>
  lockstep
    .logs()
    .split('\n')
    .filter((line) => line.includes(`"${message}"`))
    .map((line) => JSON.parse(line));

t.test('applies a created, edited or deleted policy on both replicas at once', async (t) => {
  const timed = async (what: string, run: () => Promise<unknown>, expected: string) => {
    await run();
    const since = performance.now();
    await onBoth(what, expected);
    t.comment(
      `${what}: in force on both replicas ${Math.round(performance.now() - since)} ms after kubectl returned`,
    );
  };
  await timed('kubectl apply', () => apply('shop', requires('FIRST')), 'data[FIRST]');
  const env = { KUBE_EDITOR: 'sed -i s/FIRST/SECOND/' };
  const edit = () => cluster.mustRun(['edit', 'secretpolicy', 'shop'], { env });
  await timed('kubectl edit', edit, 'data[SECOND]');
  await timed('kubectl delete', () => cluster.mustRun(['delete', 'spol', 'shop']), '');
});

t.test('writes the status once', async (t) => {
  await apply('shop', requires('FIRST'));
  const { conditions } = await statusWhen('shop', (status) => status.conditions.length > 0);
  t.match(conditions, [{ type: 'Ready', status: 'True', reason: 'Accepted' }]);
  const { resourceVersion } = (await stored('shop')).metadata;
  await apply('other', { match: { names: ['other'] }, keys: { OTHER: { required: true } } });
  await statusWhen('other', (status) => status.conditions.length > 0);
  t.equal((await stored('shop')).metadata.resourceVersion, resourceVersion);
  await cluster.mustRun(['delete', 'spol', 'other']);
});

t.test('ignores and reports an invalid policy, and keeps its last good version in effect', async (t) => {
  await apply('shop', requires('FIRST'));
  await onBoth('the good version', 'data[FIRST]');
  const refused = await cluster.kubectl(['apply', '-f', '-'], { input: aSecretPolicy('shop', UNUSABLE) });
  t.match(refused.stderr, /spec\.keys\.A\.derive\.template: .*B/);

  await unasked(t, () => apply('shop', UNUSABLE));
  const { conditions } = await statusWhen('shop', (status) => status.conditions.length > 0);
  t.match(conditions, [{ type: 'Ready', status: 'False', reason: 'Invalid' }]);
  t.match(conditions[0]?.message, /spec\.keys\.A\.derive\.template: .*B/);
  await onBoth('the last good version', 'data[FIRST]');
  t.match(await lockstep.metrics(), /^lockstep_policies_rejected 1$/m);
  // Log lines are written half a second later.
  await until('a line of each replica', [], () => linesOf('SecretPolicy can not be used').length >= 2);
  const lines = linesOf('SecretPolicy can not be used');
  t.equal(lines.length, 2, 'one line a replica');
  t.match(lines[0], { policy: 'shop', inForce: 'its last good version' });

  await apply('shop', requires('THIRD'));
  await onBoth('the mended version', 'data[THIRD]');
  await statusWhen('shop', (status) => status.conditions[0]?.status === 'True');
  t.match(await lockstep.metrics(), /^lockstep_policies_rejected 0$/m);
});

t.test('follows the labels of a namespace', async () => {
  await cluster.mustRun(['create', 'namespace', 'blue']);
  await apply('shop', {
    match: { names: ['shop'], namespaceSelector: { matchLabels: { tier: 'prod' } } },
    keys: { FIRST: { required: true } },
  });
  await onBoth('nothing in a namespace without the label', '', 'blue');
  await cluster.mustRun(['label', 'namespace', 'blue', 'tier=prod']);
  await onBoth('what is required by the label', 'data[FIRST]', 'blue');
  await cluster.mustRun(['label', 'namespace', 'blue', 'tier-']);
  await onBoth('nothing once the label is gone', '', 'blue');
});

t.test('validates a Secret by the labels of a namespace that was created with it', async (t) => {
  await apply('shop', {
    match: { names: ['shop'], namespaceSelector: { matchLabels: { tier: 'prod' } } },
    keys: { FIRST: { required: true } },
  });
  await onBoth('the policy', '', 'default');
  const names = Array.from({ length: 20 }, (_, n) => `both-${n}`);
  const create = async (name: string): Promise<string> => {
    const labels = { tier: 'prod' };
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
    await cluster.request('/api/v1/namespaces', { method: 'POST', body: namespace });
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shop' } };
    const path = `/api/v1/namespaces/${name}/secrets`;
    return (await cluster.request(path, { method: 'POST', body: secret })).text;
  };
  const answers = await Promise.all(names.map(create));
  t.equal(answers.filter((answer) => answer.includes('data[FIRST]')).length, names.length);
});

t.test('reports an expired exception and equal precedence in the status', async (t) => {
  const until = '2020-01-01';
  const exceptions = [{ namespace: 'legacy', name: 'shop', keys: ['FIRST'], reason: 'OPS-412', until }];
  const applied = await apply('shop', requires('FIRST', { exceptions }));
  t.match(applied.stderr, /^Warning: spec\.exceptions\[0\]: ran out on 2020-01-01/m);
  await apply('another', requires('FIRST'));
  const { conditions } = await statusWhen('shop', (status) => status.conditions.length === 3);
  t.match(
    conditions.map(({ type, message }) => `${type}: ${message}`).join('\n'),
    /ExceptionsExpired: .*legacy\/shop \(OPS-412\) on 2020-01-01.*PrecedenceConflict: .*leaves FIRST to another/s,
  );
  t.match(await lockstep.metrics(), /^lockstep_policy_exceptions_expired 1$/m);
  await cluster.mustRun(['delete', 'spol', 'another']);
  await statusWhen('shop', (status) => status.conditions.length === 2);
});

t.test('continues the watch after a restart of the API server', async () => {
  await apply('shop', requires('BEFORE'));
  await onBoth('the policy before', 'data[BEFORE]');
  await cluster.restartApiServer();
  await apply('shop', requires('AFTER'));
  await onBoth('the policy after', 'data[AFTER]');
});

t.test('drops the policies with a deleted CRD, and reads those of a new one', async (t) => {
  const crd = ['crd', 'secretpolicies.lockstep.dev'];
  await cluster.mustRun(['delete', ...crd]);
  await onBoth('no policy', '');
  t.ok(lockstep.replicas().every(({ daemon }) => daemon.isRunning()));
  await lockstep.apply('manifests');
  await cluster.mustRun(['wait', '--for=condition=Established', ...crd]);
  await apply('shop', requires('FIRST'));
  await onBoth('the policy', 'data[FIRST]');
});
