import { gunzipSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { clusterAdapter } from '../../../src/commands/adapters/cluster-adapter.ts';
import type { SecretPort } from '../../../src/controllers/ports.ts';
import { openSecretSession } from '../../../src/controllers/secret-session/open.ts';
import { stagePending } from '../../../src/engine/secret/record/record.ts';
import { planRollback } from '../../../src/engine/versions/rollback/plan.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { readRecord, writeRecord } from '../../../src/kube/record/records.ts';
import { readSecret } from '../../../src/kube/secrets/stored-secrets.ts';
import { canarySearcher } from '../../helpers/canary/canary.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import {
  aVersionedSecret,
  canaries,
  installPolicies,
  lockstepOn,
  type VersionedSecret,
} from '../../helpers/cluster/versioned-secret.ts';
import { testContext } from '../../helpers/engine/engine.ts';
import { values } from '../../helpers/engine/record.ts';
import { until } from '../../testbed/process/until.ts';

// Versions of Secrets on a real API server, written by real kubectl, and read by the commands. No part of lockstep runs
// in the cluster.
const cluster = await aCluster(t);
const api = connect({ kubeconfig: cluster.kubeconfig });
await installPolicies(cluster, {
  app: {
    match: { names: ['app'] },
    keys: { TOKEN: { sensitive: true, minLength: 8 }, PIN: { required: true } },
  },
});
const { values: secrets, printed, text, binary } = canaries();
const lockstep = lockstepOn(t, cluster.kubeconfig, printed);
const named = ({ place }: VersionedSecret): string => `${place.namespace}/${place.name}`;
const PIN = Buffer.from('7391');

const history = async (of: VersionedSecret) => {
  const { exitCode, stdout } = await lockstep('history', named(of), '-o', 'json');
  t.equal(exitCode, 0);
  return JSON.parse(stdout);
};

t.test('restores each of three versions byte for byte', async (t) => {
  const app = await aVersionedSecret(cluster, 'three');
  const first = { PIN, TOKEN: text(), CERT: binary(), EMPTY: Buffer.alloc(0), constructor: text() };
  await app.hold(first);
  const second = { PIN, TOKEN: text(), CERT: binary(), EMPTY: Buffer.from('x') };
  await app.hold(second);
  const third = { PIN, TOKEN: second.TOKEN, OTHER: text() };
  await app.hold(third);
  const { stdout } = await lockstep('history', named(app));
  t.match(stdout, /^Secret three\/app\n {5}version {2}time +by +reason +keys\n/);
  t.match(stdout, /^ {11}1 {2}\S+Z {2}kubectl-create +first seen {2}CERT, EMPTY, PIN, TOKEN, constructor$/m);
  t.match(stdout, /^ {11}2 {2}\S+Z {2}kubectl-replace +changed {5}CERT, EMPTY, TOKEN, constructor$/m);
  t.match(stdout, /^ {2}\* {8}3 {2}\S+Z {2}kubectl-replace +changed {5}CERT, EMPTY, OTHER$/m);
  t.match(stdout, /^\* is what the Secret holds$/m);

  const back = await lockstep('rollback', named(app), '--to', '1');
  t.match(back, { exitCode: 0, stderr: '' });
  t.match(
    back.stdout,
    'Secret three/app is rolled back to version 1, as a new version: changes TOKEN; adds CERT, EMPTY, constructor; removes OTHER',
  );
  t.match(back.stdout, 'no consumer is restarted, because no policy with restart: true matches it');
  t.same(await app.stored(), first);
  t.match(await history(app), {
    versions: [
      {},
      {},
      { current: false },
      { version: 4, by: 'lockstep', reason: 'rolled-back', to: 1, current: true },
    ],
    pending: null,
    unrecorded: null,
  });
  const managers = await app.kubectl(['get', 'secret', 'app', '-o', 'yaml', '--show-managed-fields']);
  t.notMatch(managers, /manager: lockstep$/m, 'it owns no field afterwards');

  t.equal((await lockstep('rollback', named(app), '--to', '3')).exitCode, 0);
  t.same(await app.stored(), third);
  const again = await lockstep('rollback', named(app), '--to', '3');
  t.match(again, { exitCode: 0, stdout: /holds what version 3 was: there is nothing to change/ });
  t.equal((await lockstep('rollback', named(app), '--to', '2')).exitCode, 0);
  t.same(await app.stored(), second);
  const numbers = (await app.record()).versions.map(({ number }) => number);
  t.same(numbers, [2, 3, 4, 5, 6], 'the last five');
});

t.test('writes nothing in a dry run, and prints the planned changes', async (t) => {
  const app = await aVersionedSecret(cluster, 'dry');
  await app.hold({ PIN, TOKEN: text() });
  t.match(await lockstep('rollback', named(app)), {
    exitCode: 2,
    stderr: /Secret dry\/app is not rolled back: it has only one version/,
  });
  await app.hold({ PIN, TOKEN: text(), MORE: text() });
  const versions = () =>
    app.kubectl(['get', 'secrets', '-o', 'jsonpath={.items[*].metadata.resourceVersion}']);
  const before = await versions();
  const { exitCode, stdout } = await lockstep('rollback', named(app), '--to', '1', '--dry-run');
  t.equal(exitCode, 0);
  t.equal(
    stdout,
    'Secret dry/app would be rolled back to version 1: changes TOKEN; removes MORE\nnothing was written\n',
  );
  t.match(await lockstep('rollback', named(app), '--dry-run'), { exitCode, stdout }, 'the version before');
  t.equal(await versions(), before);
});

t.test('refuses a version that the policies deny, unless it is forced', async (t) => {
  const app = await aVersionedSecret(cluster, 'denied');
  await app.hold({ TOKEN: Buffer.from('CHANGE_ME') });
  await app.hold({ PIN, TOKEN: text() });
  const denied = await lockstep('rollback', named(app), '--to', '1');
  t.equal(denied.exitCode, 1);
  t.match(denied.stdout, /^\* data\[TOKEN\]: is a placeholder \[lockstep\/placeholder\]/m);
  t.match(denied.stdout, /^\* data\[PIN\]: /m);
  t.match(
    denied.stdout,
    /^this command stores it nevertheless: lockstep rollback denied\/app --to 1 --force\nnothing was written\n$/m,
  );
  t.notMatch(denied.stdout, 'e.g. openssl', 'a fix of a manifest is no fix of a rollback');
  t.equal((await history(app)).versions.length, 2);
  const rehearsed = await lockstep('rollback', named(app), '--to', '1', '--dry-run');
  t.match(rehearsed, { exitCode: 1, stdout: /would not be rolled back/ });
  t.equal((await lockstep('rollback', named(app), '--to', '1', '--force')).exitCode, 0);
  t.same(Object.keys(await app.stored()), ['TOKEN']);
});

t.test('names the webhook that denies the write, and quotes only lockstep', async (t) => {
  const app = await aVersionedSecret(cluster, 'guarded');
  const leaked = text();
  await app.hold({ PIN, TOKEN: leaked });
  await app.hold({ PIN, TOKEN: text() });
  const policy = 'admissionregistration.k8s.io/v1';
  const spec = {
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['secrets'] },
      ],
    },
    matchConditions: [{ name: 'app', expression: "object.metadata.name == 'app'" }],
    validations: [{ expression: 'false', messageExpression: "'no: ' + string(object.data.TOKEN)" }],
  };
  const binding = {
    policyName: 'leaky',
    validationActions: ['Deny'],
    matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'guarded' } } },
  };
  await app.kubectl(['apply', '-f', '-'], {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: policy, kind: 'ValidatingAdmissionPolicy', metadata: { name: 'leaky' }, spec },
      {
        apiVersion: policy,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: 'leaky' },
        spec: binding,
      },
    ],
  });
  t.teardown(() => cluster.kubectl(['delete', 'validatingadmissionpolicy', 'leaky']));
  await until('the policy to be in force', [], async () => {
    const dry = ['annotate', 'secret', 'app', 'a=b', '--dry-run=server', '-n', 'guarded'];
    return (await cluster.kubectl(dry)).exitCode !== 0;
  });
  const { exitCode, stdout } = await lockstep('rollback', named(app), '--to', '1');
  t.equal(exitCode, 1);
  t.match(stdout, /Secret guarded\/app may not be written: .*'leaky' denies it\nnothing was written\n$/);
  t.equal((await history(app)).pending, null, 'and nothing is left begun');
});

t.test('keeps and reports a simultaneous write of another client', async (t) => {
  const app = await aVersionedSecret(cluster, 'contested');
  await app.hold({ PIN, TOKEN: text() });
  await app.hold({ PIN, TOKEN: text() });
  const theirs = text();
  const { execute } = await planned(app, 1, (patch) => async (held, edit) => {
    const theirPatch = JSON.stringify({ stringData: { TOKEN: theirs.toString() } });
    await app.kubectl(['patch', 'secret', 'app', '-p', theirPatch]);
    return patch(held, edit);
  });
  await t.rejects(execute(), {
    code: 'LOCKSTEP_CLUSTER_CONFLICT',
    message: /^someone else changed it at the same time while rolling back Secret contested\/app/,
  });
  t.same((await app.stored()).TOKEN, theirs);
  const reported = await history(app);
  t.match(reported, { pending: null, unrecorded: { by: 'kubectl-patch', keys: ['TOKEN'] } });
  t.equal(reported.versions.length, 2);
  t.match(
    (await lockstep('history', named(app))).stdout,
    /^changed since by kubectl-patch at \S+Z, which is no version yet: TOKEN$/m,
  );

  t.equal((await lockstep('rollback', named(app), '--to', '1')).exitCode, 0, 'run again, it goes through');
  t.match(await history(app), {
    versions: [{}, {}, { version: 3, by: 'kubectl-patch' }, { version: 4, to: 1 }],
  });
});

t.test('accepts that a controller completes it first', async (t) => {
  const app = await aVersionedSecret(cluster, 'helped');
  const first = { PIN, TOKEN: text() };
  await app.hold(first);
  await app.hold({ PIN, TOKEN: text() });
  const { session, execute } = await planned(app, 1, (patch) => async (held, edit) => {
    await patch(held, edit);
    await app.recordVersion();
    return patch(held, edit);
  });
  await execute();
  const record = session.record();
  t.same(await app.stored(), first);
  t.equal(record.versions.length, 3);
  t.match(record.versions.at(-1), { number: 3, by: 'lockstep', why: { kind: 'rolled-back', to: 1 } });
});

t.test('continues after a version that a controller recorded in between', async (t) => {
  const app = await aVersionedSecret(cluster, 'noted');
  const first = { PIN, TOKEN: text() };
  await app.hold(first);
  const patch = JSON.stringify({ stringData: { TOKEN: text().toString() } });
  await app.kubectl(['patch', 'secret', 'app', '-p', patch]);
  const { execute } = await planned(app, 1);
  await app.recordVersion();
  await execute();
  t.same(await app.stored(), first);
  const reported = (await app.record()).versions.map(({ number, by }) => `${number} ${by}`);
  t.same(reported, ['1 kubectl-create', '2 kubectl-patch', '3 lockstep']);
});

t.test('waits a minute for the write of another client, and takes over an abandoned one', async (t) => {
  const app = await aVersionedSecret(cluster, 'busy');
  const first = { PIN, TOKEN: text() };
  await app.hold(first);
  await app.hold({ PIN, TOKEN: text() });
  const begin = async (time: Date) => {
    const found = await readRecord(api, app.place);
    const held = await readSecret(api, app.place);
    if (found.kind !== 'read' || held === undefined) throw new Error('there is no record');
    const written = { time, by: 'lockstep-controller', why: { kind: 'healed' } } as const;
    const pending = stagePending(found.record, values({ PIN, TOKEN: text() }), written, held.resourceVersion);
    await writeRecord(api, app.place, pending, found.resourceVersion);
  };
  await begin(new Date());
  const { exitCode, stderr } = await lockstep('rollback', named(app), '--to', '1');
  t.equal(exitCode, 2);
  t.match(stderr, /^lockstep: lockstep-controller is about to write version 3 of Secret busy\/app/);
  t.match(
    (await lockstep('history', named(app))).stdout,
    /^version 3 has been begun by lockstep-controller at \S+ \(healed\), and is not written yet: TOKEN$/m,
  );
  await begin(new Date(Date.now() - 120_000));
  t.equal((await lockstep('rollback', named(app), '--to', '1')).exitCode, 0);
  t.same(await app.stored(), first);
  t.match(await history(app), { pending: null, versions: [{}, {}, { version: 3, to: 1 }] });
});

t.test("explains in one sentence that a version is missing or can't be restored", async (t) => {
  const refused = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await lockstep(...args);
    t.same([exitCode, stdout], [2, ''], args.join(' '));
    return stderr;
  };
  const app = await aVersionedSecret(cluster, 'odd');
  t.equal(await refused('history', named(app)), 'lockstep: there is no Secret odd/app\n');
  t.equal(await refused('history', 'odd'), 'lockstep: there is no Secret default/odd\n');
  t.match(await refused('rollback', 'odd/app/x', '--to', '1'), /Write the name of a Secret/);
  t.equal(await refused('rollback', named(app)), 'lockstep: there is no Secret odd/app\n');
  t.match(await refused('rollback', named(app), '--to', 'canary'), /Write a whole number from 1 to /);
  await app.kubectl(['create', 'secret', 'generic', 'app', '--from-literal=PIN=7391']);
  t.match(await refused('history', named(app)), /^lockstep: Secret odd\/app has no record yet; /);
  t.match(await refused('rollback', named(app), '--to', '1'), /has no record yet/);
  await app.recordVersion();
  t.equal(
    await refused('rollback', named(app), '--to', '7'),
    'lockstep: Secret odd/app has no version 7; it has 1\n',
  );
  await app.hold({ PIN, TOKEN: text() });

  await app.kubectl(['label', 'secret', 'app', 'reconcile.external-secrets.io/managed=true']);
  t.match(await refused('rollback', named(app), '--to', '1'), /is not rolled back: it belongs to /);
  await app.kubectl(['label', 'secret', 'app', 'reconcile.external-secrets.io/managed-']);
  await app.kubectl(['patch', 'secret', 'app', '-p', '{"immutable":true}']);
  t.match(await refused('rollback', named(app), '--to', '1'), /is not rolled back: it is immutable/);
  await app.kubectl(['delete', 'secret', 'app']);
  t.match(
    await refused('heal', named(app)),
    /^lockstep: there is no Secret odd\/app any more, but its record; lockstep rollback odd\/app creates it again from/,
  );
  t.match(await refused('rollback', named(app), '--to', '9'), /has no version 9; it has 1, 2$/m);
  t.equal((await lockstep('history', named(app))).exitCode, 0, 'and its versions are still told');
});

t.test('trusts and overwrites no record that was edited by hand', async (t) => {
  const app = await aVersionedSecret(cluster, 'edited');
  const first = text();
  await app.hold({ PIN, TOKEN: first });
  await app.hold({ PIN, TOKEN: text() });
  const data = async () =>
    JSON.parse(await app.kubectl(['get', 'secret', 'lockstep-record-app', '-o', 'jsonpath={.data}']));
  const edit = (edited: object) =>
    app.kubectl(['patch', 'secret', 'lockstep-record-app', '-p', JSON.stringify({ data: edited })]);

  const json = gunzipSync(Buffer.from((await data())['version-1'], 'base64')).toString();
  t.equal(
    Buffer.from(JSON.parse(json).TOKEN, 'base64').toString(),
    first.toString(),
    'as docs/tasks/roll-back.md reads it',
  );

  await edit({ 'version-1': gzipSync(JSON.stringify({ TOKEN: 'YQ==' })).toString('base64') });
  t.match(
    (await lockstep('history', named(app))).stdout,
    'version 1 can not be restored: the values were edited in the record',
  );
  t.match(await lockstep('rollback', named(app), '--to', '1'), {
    exitCode: 2,
    stderr: /version 1 of Secret \S+ can not be restored/,
  });
  await app.hold({ PIN, TOKEN: text() });
  t.match(await history(app), {
    versions: [{ restorable: false }, { restorable: true }, { version: 3, current: true }],
  });

  const broken = { index: Buffer.from(`{"schema":1,"uid":"${text()}"}`).toString('base64') };
  await edit(broken);
  for (const args of [
    ['history', named(app)],
    ['rollback', named(app), '--to', '2'],
  ])
    t.match(await lockstep(...args), {
      exitCode: 2,
      stdout: '',
      stderr:
        /^lockstep: the record of Secret edited\/app can not be used: its index can not be read at versions; /,
    });
  t.match(await data(), broken);

  await app.kubectl(['delete', 'secret', 'lockstep-record-app']);
  t.match(await lockstep('rollback', named(app), '--to', '2'), { exitCode: 2, stderr: /has no record yet/ });
  await app.kubectl(['create', 'secret', 'generic', 'lockstep-record-app', '--from-literal=index=x']);
  t.match(await lockstep('history', named(app)), {
    exitCode: 2,
    stderr: /its type is not lockstep\.dev\/record/,
  });
});

t.test('keeps foreign labels and annotations of the record, and drops foreign data', async (t) => {
  const app = await aVersionedSecret(cluster, 'marked');
  await app.hold({ PIN, TOKEN: text() });
  await app.kubectl(['label', 'secret', 'lockstep-record-app', 'velero.io/exclude-from-backup=true']);
  await app.kubectl(['label', 'secret', 'lockstep-record-app', 'lockstep.dev/record-']);
  await app.kubectl(['patch', 'secret', 'lockstep-record-app', '-p', '{"stringData":{"note":"mine"}}']);
  for (let n = 0; n < 5; n += 1) await app.hold({ PIN, TOKEN: text() });
  const { metadata, data, type } = JSON.parse(
    await app.kubectl(['get', 'secret', 'lockstep-record-app', '-o', 'json']),
  );
  t.equal(type, 'lockstep.dev/record');
  t.same(metadata.labels, { 'velero.io/exclude-from-backup': 'true', 'lockstep.dev/record': 'true' });
  t.same(metadata.annotations, { 'lockstep.dev/record-of': 'app' });
  t.equal(metadata.ownerReferences, undefined);
  t.same(Object.keys(data), ['index', 'version-2', 'version-3', 'version-4', 'version-5', 'version-6']);
});

t.test('does not write a record that has changed since the read', async (t) => {
  const app = await aVersionedSecret(cluster, 'stale');
  await app.hold({ PIN });
  const found = await readRecord(api, app.place);
  if (found.kind !== 'read') throw new Error(found.kind);
  const write = (version: string | undefined) =>
    writeRecord(api, app.place, { ...found.record, requestedKeys: [String(Math.random())] }, version);
  const conflict = { code: 'LOCKSTEP_CLUSTER_CONFLICT' };
  await t.rejects(write(undefined), conflict, 'it is there already');
  const version = await write(found.resourceVersion);
  await t.rejects(write(found.resourceVersion), conflict);
  await write(version);
  await app.kubectl(['delete', 'secret', 'lockstep-record-app']);
  await t.rejects(write(version), conflict, 'it is gone');
  await write(undefined);
  await t.rejects(
    writeRecord(api, { namespace: 'nowhere', name: 'app' }, found.record, undefined),
    conflict,
    'its namespace is gone',
  );
});

t.test("does not write the Secret if the record can't be written, and reports the reason", async (t) => {
  const app = await aVersionedSecret(cluster, 'full');
  await app.kubectl(['create', 'secret', 'generic', 'app', '--from-literal=PIN=7391']);
  await app.kubectl(['create', 'quota', 'full', '--hard=count/secrets=1']);
  // No controller counts here, so these are the figures that it would have counted.
  const counted = { 'count/secrets': '1' };
  const status = JSON.stringify({ status: { hard: counted, used: counted } });
  await app.kubectl(['patch', 'quota', 'full', '--subresource=status', '--type=merge', '-p', status]);
  await until('the quota', [], async () => {
    const { exitCode } = await cluster.kubectl(['create', 'secret', 'generic', 'one-more', '-n', 'full']);
    if (exitCode === 0) await app.kubectl(['delete', 'secret', 'one-more']);
    return exitCode !== 0;
  });
  await t.rejects(app.recordVersion(), {
    code: 'LOCKSTEP_RECORD_REFUSED',
    message: /^the record of Secret full\/app may not be written: .*quota/,
  });
  await app.kubectl(['delete', 'quota', 'full']);
  await app.recordVersion();
  await app.hold({ PIN, TOKEN: text() });
  await app.kubectl(['patch', 'secret', 'lockstep-record-app', '-p', '{"immutable":true}']);
  // Version 1 has no TOKEN, and a policy refuses to remove one.
  const { exitCode, stderr } = await lockstep('rollback', named(app), '--to', '1', '--force');
  t.equal(exitCode, 2);
  t.match(stderr, /^lockstep: the record of Secret full\/app may not be written: /);
  t.same(Object.keys(await app.stored()), ['PIN', 'TOKEN']);
});

t.test('continues the versions of a Secret that was deleted and created again', async (t) => {
  const app = await aVersionedSecret(cluster, 'again');
  const first = { PIN, TOKEN: text() };
  await app.hold(first);
  await app.kubectl(['delete', 'secret', 'app']);
  await app.kubectl(['create', 'secret', 'generic', 'app', '--from-literal=PIN=7391']);
  t.equal((await lockstep('rollback', named(app), '--to', '1')).exitCode, 0);
  t.same(await app.stored(), first);
  const { versions, uid } = await app.record();
  t.same(
    versions.map(({ number, why }) => `${number} ${why.kind}`),
    ['1 seen', '2 changed', '3 rolled-back'],
  );
  t.equal(uid, (await readSecret(api, app.place))?.uid);
});

t.test('prints no part of a value', async (t) => {
  t.ok(printed.join('').length > 5000);
  t.same(canarySearcher(secrets)(printed.join('\n')), []);
});

type Patch = SecretPort['patch'];

/** The start of `lockstep rollback`, in which `patching` replaces the write of the Secret. */
async function planned(app: VersionedSecret, to: number, patching = (patch: Patch): Patch => patch) {
  const { secrets, ...ports } = clusterAdapter({
    cluster: api,
    writer: 'lockstep',
    rolloutTimeout: 1000,
  });
  const policies = { current: () => [], labelsOf: () => undefined };
  const deps = {
    ...ports,
    secrets: { ...secrets, patch: patching(secrets.patch) },
    policies,
    context: testContext,
    emit: () => {},
  };
  const session = await openSecretSession(app.place, { credentials: [], needsRecord: true }, deps);
  const plan = planRollback(session.permissions, session.record(), to, [], testContext);
  if (plan.kind !== 'write') throw new Error(plan.kind);
  const write = { data: plan.data, why: { kind: 'rolled-back', to }, record: session.record() } as const;
  return { session, execute: () => session.execute(write) };
}
