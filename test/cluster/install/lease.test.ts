import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { runElector } from '../../../src/controllers/leader-election/elector.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { CONTROLLER_LEASE, hasActiveController, leaseClient } from '../../../src/kube/client/lease.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { until } from '../../testbed/process/until.ts';

const cluster = await aCluster(t);

/** Candidates for one Lease in a separate namespace, each like a separate process. */
async function anElection(namespace: string) {
  await cluster.mustRun(['create', 'namespace', namespace]);
  return electionIn(namespace);
}

function electionIn(namespace: string) {
  const working = new Set<string>();
  /** Candidates that started to work while another one led. */
  const clashes: string[] = [];
  const all: { readonly stop: () => Promise<void> }[] = [];
  t.teardown(() => Promise.all(all.map((each) => each.stop())));

  function candidate(identity: string, kubeconfig = cluster.kubeconfig) {
    const stop = new AbortController();
    const failures: string[] = [];
    const story: string[] = [];
    let isKilled = false;
    /** A killed process sends nothing any more. */
    const alive = <Answer>(answer: Promise<Answer>): Promise<Answer> =>
      answer.finally(() => (isKilled ? new Promise<void>(() => {}) : undefined));
    const keeper = leaseClient(
      connect({ kubeconfig }),
      { namespace, name: CONTROLLER_LEASE },
      () => new Date(),
    );
    const ended = runElector(
      {
        identity,
        read: () => alive(keeper.read()),
        write: (tenure, replaced) => alive(keeper.write(tenure, replaced)),
        isConflict: (error) => error instanceof LockstepError && error.code === 'LOCKSTEP_CLUSTER_CONFLICT',
        now: () => performance.now(),
        random: Math.random,
        sleep: (milliseconds, signal) =>
          alive(sleep(milliseconds, undefined, { signal, ref: false }).catch(() => {})),
        onChange: ({ leading, leader: by }) => story.push(leading ? 'leads' : `follows ${by}`),
        onError: (error) => {
          failures.push(error instanceof LockstepError ? error.message : String(error));
        },
        work: async (signal) => {
          for (const other of working) clashes.push(`${identity} beside ${other}`);
          working.add(identity);
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          working.delete(identity);
        },
      },
      stop.signal,
    );
    const one = {
      identity,
      failures,
      story,
      isLeading: () => working.has(identity),
      /** Ends like a process on SIGTERM. */
      stop: async () => {
        stop.abort();
        if (!isKilled) await ended;
      },
      /** Ends like a process on SIGKILL. */
      kill: () => {
        isKilled = true;
        working.delete(identity);
      },
    };
    all.push(one);
    return one;
  }

  const kubectl = (...args: readonly string[]) => cluster.mustRun(['-n', namespace, ...args]);
  return {
    candidate,
    clashes,
    leaders: () => [...working],
    kubectl,
    spec: async () =>
      JSON.parse((await kubectl('get', 'lease', CONTROLLER_LEASE, '-o', 'json')).stdout).spec as Spec,
    patch: (spec: object) =>
      kubectl('patch', 'lease', CONTROLLER_LEASE, '--type=merge', '-p', JSON.stringify({ spec })),
    isKnownToLead: (kubeconfig = cluster.kubeconfig) =>
      hasActiveController(connect({ kubeconfig }), namespace),
  };
}

interface Spec {
  readonly holderIdentity: string;
  readonly leaseDurationSeconds: number;
  readonly leaseTransitions: number;
  readonly acquireTime: string;
  readonly renewTime: string;
}

/** The leader of the two, and the follower. */
async function aPair(namespace: string) {
  const election = await anElection(namespace);
  const pair = [election.candidate('one'), election.candidate('two')] as const;
  await until('a leader', [], () => pair.some(({ isLeading }) => isLeading()));
  const [leader, follower] = pair[0].isLeading() ? pair : ([pair[1], pair[0]] as const);
  await until('the other one to follow', [], () => follower.story.length > 0);
  return { ...election, leader, follower };
}

// In parallel, each in its own namespace, because the lease duration is 15 s.
t.jobs = 8;

t.test('elects one of two candidates, as any reader of the Lease can see', { buffered: true }, async (t) => {
  const { leader, follower, spec, isKnownToLead, leaders } = await aPair('two');
  t.same(leaders(), [leader.identity]);
  t.same(leader.story, ['leads']);
  t.same(follower.story, [`follows ${leader.identity}`]);
  const first = await spec();
  t.match(first, { holderIdentity: leader.identity, leaseDurationSeconds: 15, leaseTransitions: 0 });
  t.equal(await isKnownToLead(), true);
  await until('a renewal', [], async () => (await spec()).renewTime !== first.renewTime);
  t.equal((await spec()).acquireTime, first.acquireTime);
});

t.test('releases the Lease at its end, so that the other candidate leads', { buffered: true }, async (t) => {
  const { leader, follower, spec, isKnownToLead, clashes } = await aPair('release');
  await leader.stop();
  await until('the next leader', [], follower.isLeading);
  t.match(await spec(), { holderIdentity: follower.identity, leaseTransitions: 1 });
  await follower.stop();
  t.match(await spec(), { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 1 });
  t.equal(await isKnownToLead(), false);
  t.same(clashes, []);
});

t.test('waits for the lease duration after a leader is killed', { buffered: true }, async (t) => {
  const { leader, follower, spec, isKnownToLead } = await aPair('kill');
  leader.kill();
  // Calls in progress at the kill have arrived.
  await sleep(500);
  const last = await spec();
  t.equal(last.holderIdentity, leader.identity);
  await until('the next leader', [], follower.isLeading);
  const { renewTime, leaseTransitions } = await spec();
  t.ok(
    Date.parse(renewTime) - Date.parse(last.renewTime) >= 14_000,
    'the whole of its tenure was waited for',
  );
  t.equal(leaseTransitions, 1);
  t.equal(await isKnownToLead(), true);
});

t.test('keeps fields that other clients write on the Lease', { buffered: true }, async (t) => {
  const { leader, kubectl, spec, patch } = await aPair('edit');
  await kubectl('annotate', 'lease', CONTROLLER_LEASE, 'team=platform');
  await patch({ leaseDurationSeconds: 1_000_000, leaseTransitions: 2 ** 31 - 1 });
  await until('a renewal', [], async () => (await spec()).leaseDurationSeconds === 15);
  t.same(leader.story, ['leads']);
  const { stdout } = await kubectl(
    'get',
    'lease',
    CONTROLLER_LEASE,
    '-o',
    'jsonpath={.metadata.annotations.team}',
  );
  t.equal(stdout, 'platform');
});

t.test('respects a holder that a person wrote, until it does not renew', { buffered: true }, async (t) => {
  const { leader, leaders, patch, clashes, spec } = await aPair('name');
  await patch({ holderIdentity: 'a-person' });
  await until('the leader to stop', [], () => !leader.isLeading());
  t.same(leader.story, ['leads', 'follows a-person']);
  await until('one of them to lead again', [], () => leaders().length > 0);
  t.same(clashes, []);
  t.match(await spec(), { holderIdentity: leaders()[0] });
});

t.test('creates a deleted Lease again, by the leader only', { buffered: true }, async (t) => {
  const { leader, follower, kubectl, spec, clashes } = await aPair('delete');
  await kubectl('delete', 'lease', CONTROLLER_LEASE);
  await until('the Lease', [], async () => {
    const { stdout } = await kubectl('get', 'lease', CONTROLLER_LEASE, '--ignore-not-found', '-o', 'name');
    return stdout !== '';
  });
  t.equal((await spec()).holderIdentity, leader.identity);
  t.ok(leader.isLeading());
  t.notOk(follower.isLeading());
  t.same(clashes, []);
});

t.test(
  'reports a missing right on the Lease, and retries until it is granted',
  { buffered: true },
  async (t) => {
    const { candidate, kubectl, isKnownToLead } = await anElection('rights');
    await kubectl('create', 'serviceaccount', 'newcomer');
    const kubeconfig = await cluster.serviceAccountKubeconfig('rights', 'newcomer');
    const newcomer = candidate('newcomer', kubeconfig);
    await until('why it does not lead', [], () => newcomer.failures.length > 0);
    t.match(newcomer.failures[0], /while reading Lease rights\/lockstep-controller: .*forbidden.*newcomer/);
    t.equal(await isKnownToLead(kubeconfig), undefined);

    const role = ['--resource=leases', '--verb=get', '--verb=create', '--verb=update'];
    await kubectl('create', 'role', 'leader', ...role);
    await kubectl('create', 'rolebinding', 'leader', '--role=leader', '--serviceaccount=rights:newcomer');
    await until('it to lead', [], newcomer.isLeading);

    await kubectl('delete', 'rolebinding', 'leader');
    await until('it to stop, because it can not renew', [], () => !newcomer.isLeading());
    t.match(
      newcomer.failures.at(-1),
      /while (reading|writing) Lease rights\/lockstep-controller: .*forbidden/,
    );
  },
);

t.test('waits for its namespace', { buffered: true }, async (t) => {
  const { candidate, isKnownToLead } = electionIn('not-yet');
  const early = candidate('early');
  await until('why it does not lead', [], () => early.failures.length > 0);
  // It tries again every few seconds.
  t.same([...new Set(early.failures)], ['there is no such namespace; run kubectl apply -k manifests first']);
  t.equal(await isKnownToLead(), false);
  await cluster.mustRun(['create', 'namespace', 'not-yet']);
  await until('it to lead', [], early.isLeading);
});

// Not in parallel with the others, because it would disturb them. By default a subtest is buffered, and so in parallel.
t.test('keeps one leader across a restart of the API server', { buffered: false }, async (t) => {
  const { clashes, leaders, spec } = await aPair('restart');
  const { renewTime } = await spec();
  await cluster.restartApiServer();
  await until(
    'a leader who renews',
    [],
    async () => leaders().length > 0 && (await spec()).renewTime > renewTime,
  );
  t.same(clashes, []);
});
