import t from 'tap';
import {
  type FollowedWork,
  type FollowLeaderNeeds,
  followLeader,
  type Observation,
} from '../../../src/commands/secret-session/follow-leader.ts';
import type { ReconcileResult } from '../../../src/controllers/secret/reconciler.ts';
import { newRecord, type SecretRecord } from '../../../src/engine/record/record.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { at, values } from '../../helpers/engine/record.ts';

const REF = { namespace: 'shop', name: 'app' };
const BEGUN = newRecord('u1', values({ A: '1' }), { time: at(0), by: 'kubectl', why: { kind: 'seen' } });

/** The record while the rollout waits for this workload. */
const waitingFor = (workload: string): SecretRecord => ({
  ...BEGUN,
  rollout: {
    changes: [{ number: 1, time: at(0), keys: ['A'] }],
    done: new Map(),
    current: { workload, since: at(0) },
    stopped: undefined,
  },
});

type Ended = { readonly kind: 'ended' };

interface Script {
  /** The record at each reading, of which the last repeats. Undefined means that there is none. */
  readonly records: readonly (SecretRecord | undefined)[];
  readonly observe?: (...reading: Parameters<FollowedWork<Ended>['observe']>) => Partial<Observation<Ended>>;
  /** The result of each step, of which the last repeats. */
  readonly steps?: readonly (ReconcileResult | Error)[];
  readonly isLed?: boolean | undefined;
}

/** Follows on a clock that moves only in pauses. */
async function followed(script: Script, needs: Partial<FollowLeaderNeeds> = {}) {
  const { records, observe = () => ({}), steps = [] } = script;
  const lines: string[] = [];
  const pauses: number[] = [];
  const stepped: string[] = [];
  let readings = 0;
  let now = 0;
  const work: FollowedWork<Ended> = {
    observe: (reading) => ({
      lines: [],
      end: undefined,
      timeout: 10_000,
      stallReason: 'nothing happens',
      ...observe(reading),
    }),
    recordGone: 'the record is gone',
  };
  const end = await followLeader(REF, work, {
    readRecord: async () => {
      const record = records[Math.min(readings, records.length - 1)];
      readings += 1;
      return record === undefined
        ? { kind: 'absent' }
        : { kind: 'read', record, resourceVersion: `${readings}` };
    },
    isLed: async () => script.isLed,
    reconcile: async ({ resourceVersion }) => {
      const result = steps[Math.min(stepped.length, steps.length - 1)];
      stepped.push(resourceVersion);
      if (result === undefined) throw new Error('there was no step to do');
      if (result instanceof Error) throw result;
      return result;
    },
    print: (line) => lines.push(line),
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
      now += milliseconds;
    },
    clock: () => now,
    ...needs,
  });
  return { end, lines, pauses, stepped, readings, now };
}

const endAt =
  (reading: SecretRecord): NonNullable<Script['observe']> =>
  ({ record }) =>
    record === reading ? { end: { kind: 'ended' } } : {};

const requeue = (requeueAfter: number): ReconcileResult => ({ kind: 'requeue', requeueAfter });
const DONE: ReconcileResult = { kind: 'done' };

t.test('reads each second while a controller leads, and does no step', async (t) => {
  const last = waitingFor('Deployment/c');
  const { end, pauses, stepped } = await followed({
    records: [waitingFor('Deployment/a'), waitingFor('Deployment/b'), last],
    observe: endAt(last),
    isLed: true,
  });
  t.same(end, { kind: 'ended' });
  t.same(pauses, [1000, 1000]);
  t.same(stepped, []);
});

t.test('does each step from the record just read, if no controller leads or that is unknown', async (t) => {
  for (const isLed of [false, undefined]) {
    const last = waitingFor('Deployment/c');
    const { end, pauses, stepped } = await followed({
      records: [waitingFor('Deployment/a'), waitingFor('Deployment/b'), last],
      observe: endAt(last),
      steps: [requeue(200), requeue(60_000)],
      isLed,
    });
    t.same(end, { kind: 'ended' });
    t.same(stepped, ['1', '2']);
    t.same(pauses, [200, 5000], 'a long delay is cut, so that it notices a controller');
  }
});

t.test(
  'leaves the work to a controller that begins to lead, and takes it over from one that ends',
  async (t) => {
    const led = [false, true, true, false];
    const { stepped, pauses } = await followed(
      {
        records: ['a', 'b', 'c', 'd', 'e'].map(waitingFor),
        observe: ({ record }) =>
          record.rollout?.current?.workload === 'e' ? { end: { kind: 'ended' } } : {},
        steps: [requeue(0)],
      },
      { isLed: async () => led.shift() },
    );
    t.same(stepped, ['1', '4']);
    t.same(pauses, [0, 1000, 1000, 0]);
  },
);

t.test('tells the caller who leads and what it read before, and prints its lines', async (t) => {
  const [first, second] = [waitingFor('Deployment/a'), waitingFor('Deployment/b')];
  const seen: unknown[] = [];
  const { lines } = await followed({
    records: [first, second],
    isLed: true,
    observe: ({ record, before, isLed }) => {
      seen.push([record === first, before === first, before === undefined, isLed]);
      return { lines: [`reading ${seen.length}`], ...endAt(second)({ record, before, isLed }) };
    },
  });
  t.same(seen, [
    [true, false, true, true],
    [false, true, false, true],
  ]);
  t.same(lines, ['reading 1', 'reading 2'], 'also those of the last reading');
});

t.test('stops after a time without progress, whoever works', async (t) => {
  const stalled = { kind: 'stopped', sentence: 'nothing happens' };
  const led = await followed({ records: [BEGUN], isLed: true });
  t.same([led.end, led.now], [stalled, 11_000]);
  const own = await followed({ records: [BEGUN], steps: [requeue(4000)] });
  t.same([own.end, own.now], [stalled, 12_000]);
});

t.test('counts a new workload, a new version and a new reason to wait as progress', async (t) => {
  const version = {
    ...BEGUN,
    versions: [...BEGUN.versions, ...BEGUN.versions].map((one, index) => ({ ...one, number: index + 1 })),
  };
  const many = (record: SecretRecord): readonly SecretRecord[] => Array.from({ length: 8 }, () => record);
  for (const records of [
    [...many(BEGUN), waitingFor('Deployment/a')],
    [...many(BEGUN), version],
  ])
    t.equal((await followed({ records, isLed: true })).now, 19_000);
  const waits = await followed({
    records: [...many(BEGUN), { ...BEGUN }],
    isLed: true,
    observe: ({ record }) => ({ waitingFor: record === BEGUN ? undefined : 'sessions' }),
  });
  t.equal(waits.now, 19_000);
});

t.test('takes the time limit from each reading', async (t) => {
  const [short, long] = [BEGUN, { ...BEGUN }];
  const { now } = await followed({
    records: [long, long, long, long, long, long, short],
    isLed: true,
    observe: ({ record }) => ({ timeout: record === short ? 2000 : 60_000 }),
  });
  t.equal(now, 6000);
});

t.test('stops if the record is gone or unreadable', async (t) => {
  const gone = { kind: 'stopped', sentence: 'the record is gone' };
  t.same((await followed({ records: [BEGUN, undefined], isLed: true })).end, gone);
  const unreadable = async () => ({ kind: 'unreadable', reason: 'no JSON' }) as const;
  t.same((await followed({ records: [BEGUN] }, { readRecord: unreadable })).end, gone);
});

t.test('stops if two steps in a row find no work', async (t) => {
  const idle = await followed({ records: [BEGUN], steps: [DONE] });
  t.match(idle.end, { kind: 'stopped', sentence: /^no work is left for it/ });
  t.equal(idle.stepped.length, 2);
  const last = waitingFor('Deployment/c');
  const reached = await followed({
    records: [BEGUN, last],
    observe: endAt(last),
    steps: [DONE],
  });
  t.same(reached.end, { kind: 'ended' }, 'the reading after the last step may show the end');
  const between = await followed({
    records: [...Array.from({ length: 5 }, () => BEGUN), last],
    observe: endAt(last),
    steps: [DONE, requeue(0), DONE, requeue(0), DONE],
  });
  t.same(between.end, { kind: 'ended' });
});

t.test('reads again one second after a conflict, and rejects with any other error', async (t) => {
  const last = waitingFor('Deployment/c');
  const { end, pauses } = await followed({
    records: [BEGUN, last],
    observe: endAt(last),
    steps: [new LockstepError('CLUSTER_CONFLICT', ['writing'])],
  });
  t.same([end, pauses], [{ kind: 'ended' }, [1000]]);
  const steps = [new LockstepError('CLUSTER_REFUSED', ['writing', 'no'])];
  await t.rejects(followed({ records: [BEGUN], steps }), { code: 'LOCKSTEP_CLUSTER_REFUSED' });
});
