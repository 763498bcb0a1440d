import t from 'tap';
import { runElector } from '../../../src/controllers/leader-election/elector.ts';
import { leaseHeartbeat } from '../../../src/controllers/leader-election/lease-heartbeat.ts';
import type { ObservedLease } from '../../../src/controllers/leader-election/term.ts';
import { virtualTime } from '../../helpers/engine/virtual-time.ts';

/** A replica in virtual time. `read` and `write` are the API server's. */
function aReplica(read: () => Promise<ObservedLease | undefined>, write: () => Promise<ObservedLease>) {
  const time = virtualTime();
  const heartbeat = leaseHeartbeat<ObservedLease>({ read, write }, time.now);
  const stop = new AbortController();
  const start = (work: (signal: AbortSignal) => Promise<void>): Promise<void> =>
    runElector(
      {
        ...heartbeat,
        identity: 'a',
        isConflict: () => false,
        work,
        now: time.now,
        random: () => 0,
        sleep: time.sleep,
        onChange: () => {},
        onError: () => {},
      },
      stop.signal,
    );
  return { time, heartbeat, start, stop: () => stop.abort() };
}

const held = (holder: string): ObservedLease => ({ holder, seconds: 15, mark: holder });
const untilStopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

t.test('a leader that renews and a candidate that waits are healthy', async (t) => {
  const leader = aReplica(
    async () => undefined,
    async () => held('a'),
  );
  void leader.start(untilStopped);
  await leader.time.pass(3_600_000);
  t.same([leader.heartbeat.stoppedReason(), leader.heartbeat.notReadyReason()], [undefined, undefined]);
  leader.stop();
  let renewals = 0;
  const candidate = aReplica(
    async () => ({ holder: 'b', seconds: 15, mark: `${renewals++}` }),
    async () => held('a'),
  );
  void candidate.start(untilStopped);
  await candidate.time.pass(3_600_000);
  t.same([candidate.heartbeat.stoppedReason(), candidate.heartbeat.notReadyReason()], [undefined, undefined]);
  candidate.stop();
});

t.test('a replica that no longer tries to get the Lease fails both probes after a minute', async (t) => {
  const { time, heartbeat } = aReplica(
    async () => undefined,
    async () => held('a'),
  );
  await time.pass(60_000);
  t.equal(heartbeat.stoppedReason(), undefined);
  await time.pass(1);
  t.match(heartbeat.stoppedReason(), /neither renewed the Lease nor tried to get it for 60 s/);
  t.match(heartbeat.notReadyReason(), /neither renewed/);
  await heartbeat.read();
  t.same([heartbeat.stoppedReason(), heartbeat.notReadyReason()], [undefined, undefined]);
});

t.test('a replica is unready while the API server does not answer, and is not restarted', async (t) => {
  const down = async (): Promise<never> => {
    throw new Error('down');
  };
  const { time, heartbeat, start, stop } = aReplica(down, down);
  void start(untilStopped);
  await time.pass(90_000);
  t.equal(heartbeat.stoppedReason(), undefined);
  t.match(heartbeat.notReadyReason(), /could be neither read nor written/);
  stop();
});
