import t from 'tap';
import { conflictsIn, statusOf } from '../../../src/controllers/policy/status.ts';
import { policyStore } from '../../../src/controllers/policy/store.ts';
import { type CredentialCondition, statusAfter } from '../../../src/engine/login/status/status.ts';
import { compilePolicy } from '../../../src/engine/policy/compile/compile.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { lockstep } from '../../helpers/cluster/lockstep.ts';
import { aStored } from '../../helpers/policy/stored-policy.ts';

// The columns of `kubectl get`, by real kubectl.
const cluster = await aCluster(t);
await cluster.mustRun(['apply', '--server-side', '-k', 'manifests/crds']);
await cluster.mustRun(['wait', '--for=condition=Established', 'crd', '--all']);

const NOW = new Date('2026-11-25T10:00:00Z');
const CONTEXT = { before: undefined, now: NOW, maxAction: 'Warn' } as const;
const READY = { type: 'Ready', status: 'True', reason: 'Available', message: 'kept in step' } as const;
const SYNCED = { type: 'Synced', status: 'True', reason: 'LoginVerified', message: 'it opens' } as const;
const IDLE = { type: 'Progressing', status: 'False', reason: 'Idle', message: 'nothing changes' } as const;

async function put(kind: string, name: string, spec: object, status: object): Promise<void> {
  await cluster.apply({ apiVersion: 'lockstep.dev/v1alpha1', kind, metadata: { name }, spec });
  const patch = [
    'patch',
    kind,
    name,
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status }),
  ];
  await cluster.mustRun(patch);
}

/** The rows by name, each from the column with this title on. */
async function columnOf(kind: string, title: string): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await cluster.mustRun(['get', kind, '-o', 'wide']);
  const [head = '', ...rows] = stdout.trimEnd().split('\n');
  const at = head.indexOf(title);
  return Object.fromEntries(rows.map((row) => [row.split(' ')[0], row.slice(at).trim()]));
}

t.test('shows the reason of the most important condition of a PostgresCredential', async (t) => {
  const notAllowed = { type: 'Ready', status: 'False', reason: 'NotAllowed', message: 'it may not' } as const;
  const unchecked = { type: 'Synced', status: 'Unknown', reason: 'NotChecked', message: 'not yet' } as const;
  const diverged = { type: 'Synced', status: 'False', reason: 'Diverged', message: 'two ways' } as const;
  const changing = {
    type: 'Progressing',
    status: 'True',
    reason: 'Changing',
    message: 'being changed',
  } as const;
  const undone = {
    type: 'Progressing',
    status: 'False',
    reason: 'RolledBack',
    message: 'was undone',
  } as const;
  const all: Readonly<Record<string, readonly CredentialCondition[]>> = {
    'it may not': [notAllowed, unchecked, IDLE],
    'being changed': [READY, unchecked, changing],
    'two ways': [READY, diverged, undone],
    'was undone': [READY, SYNCED, undone],
    'it opens': [READY, SYNCED, IDLE],
  };
  const expected: Record<string, string> = {};
  for (const [reason, conditions] of Object.entries(all)) {
    const name = reason.replaceAll(' ', '-');
    expected[name] = reason;
    const aReport = { generation: 1, version: 1, phase: 'Idle', conditions } as const;
    const rest = { lastRotation: undefined, nextRotation: undefined };
    await put(
      'PostgresCredential',
      name,
      { secretName: name },
      statusAfter(undefined, { ...aReport, ...rest }, NOW)!,
    );
  }
  t.same(await columnOf('PostgresCredential', 'REASON'), expected);
});

t.test('shows the reason of the most important condition of a SecretPolicy', async (t) => {
  const until = { namespace: 'a', name: 'b', keys: ['A'], reason: 'OPS-1', until: '2026-11-24' };
  const specs = {
    'in-force': { match: { names: ['one'] }, keys: { A: {} } },
    'ran-out': { match: { names: ['two'] }, keys: { A: {} }, exceptions: [until] },
  };
  for (const [name, spec] of Object.entries(specs)) {
    const store = policyStore([], compilePolicy);
    store.replace([aStored(name, 1, spec)]);
    const [verdict] = store.states();
    if (verdict === undefined) throw new Error('it is there');
    await put('SecretPolicy', name, spec, statusOf(verdict, conflictsIn(store)(name), CONTEXT));
  }
  const reasons = await columnOf('SecretPolicy', 'REASON');
  t.match(reasons, { 'in-force': /^Accepted/, 'ran-out': /^ExceptionExpired/ });
});

t.test('lockstep policy list shows the action that the installation allows', async (t) => {
  await cluster.mustRun(['create', 'namespace', 'lockstep-system']);
  const image = ['create', 'deployment', 'lockstep-webhook', '-n', 'lockstep-system', '--image=lockstep'];
  await cluster.mustRun(image);
  const limit = [
    'set',
    'env',
    '-n',
    'lockstep-system',
    'deployment/lockstep-webhook',
    'LOCKSTEP_MAX_ACTION=Audit',
  ];
  await cluster.mustRun(limit);
  const { exited, stdout, stderr } = lockstep(t, ['policy', 'list', '--kubeconfig', cluster.kubeconfig]);
  t.same([await exited, stderr()], [0, '']);
  t.match(stdout(), /\nin-force +cluster +Audit +0 +1 +named one\n/);
  t.match(stdout(), /\njwt-keys +built-in +Audit /);
  const version = lockstep(t, ['version', '--kubeconfig', cluster.kubeconfig]);
  t.equal(await version.exited, 0);
  t.match(version.stdout(), /\nKubernetes +v1\.[0-9.]+\n/);
});
