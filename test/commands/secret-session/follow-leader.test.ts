import t from 'tap';
import {
  type FollowedWork,
  followLeader,
  type Observation,
  reportStopped,
} from '../../../src/commands/secret-session/follow-leader.ts';
import { type LoginChange, newLoginRecord } from '../../../src/engine/secret/record/login-record.ts';
import { newRecord, type SecretRecord } from '../../../src/engine/secret/record/record.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import type { ErrorCode } from '../../../src/errors/table.ts';
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
  /** Whether a controller leads at each reading, of which the last repeats. By default it leads. */
  readonly isLed?: readonly (boolean | undefined)[];
  /** The first readings that fail, with the error. */
  readonly outage?: { readonly readings: number; readonly code: ErrorCode };
  readonly timeout?: number;
}

/** Follows on a clock that moves only in pauses. */
async function followed({
  records,
  observe = () => ({}),
  isLed = [true],
  outage = { readings: 0, code: 'CLUSTER_TIMEOUT' },
  timeout = 600_000,
}: Script) {
  const lines: string[] = [];
  const pauses: number[] = [];
  let readings = 0;
  let failed = 0;
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
      failed += 1;
      if (failed <= outage.readings) throw new LockstepError(outage.code, ['https://api', 'reading']);
      const record = records[Math.min(readings, records.length - 1)];
      readings += 1;
      return record === undefined
        ? { kind: 'absent' }
        : { kind: 'read', record, resourceVersion: `${readings}` };
    },
    isLed: async () => isLed[Math.min(readings, isLed.length) - 1],
    print: (line) => lines.push(line),
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
      now += milliseconds;
    },
    clock: () => now,
    timeout,
  }).catch((error) => error.code);
  return { end, lines, pauses, readings, now };
}

const endAt =
  (reading: SecretRecord): NonNullable<Script['observe']> =>
  ({ record }) =>
    record === reading ? { end: { kind: 'ended' } } : {};

t.test('reads each second, whether a controller leads or that is unknown', async (t) => {
  for (const isLed of [true, undefined]) {
    const last = waitingFor('Deployment/c');
    const { end, pauses } = await followed({
      records: [waitingFor('Deployment/a'), waitingFor('Deployment/b'), last],
      observe: endAt(last),
      isLed: [isLed],
    });
    t.same(end, { kind: 'ended' });
    t.same(pauses, [1000, 1000]);
  }
});

t.test('outlasts a leader change, and stops if no controller leads after it', async (t) => {
  const patient = () => ({ timeout: 600_000 });
  const left = await followed({ records: [BEGUN], observe: patient, isLed: [true, true, false] });
  t.match(left.end, {
    kind: 'stopped',
    isOpen: true,
    sentence: 'no controller leads any more; lockstep controller starts one',
  });
  t.equal(left.now, 62_000);
  const last = waitingFor('Deployment/c');
  const gap = Array.from({ length: 59 }, () => false);
  const changed = await followed({
    records: [...Array.from({ length: 120 }, () => BEGUN), last],
    observe: (reading) => ({ ...patient(), ...endAt(last)(reading) }),
    isLed: [true, ...gap, true, ...gap, true],
  });
  t.same(changed.end, { kind: 'ended' });
});

t.test('tells the caller what it read before, and prints its lines', async (t) => {
  const [first, second] = [waitingFor('Deployment/a'), waitingFor('Deployment/b')];
  const seen: unknown[] = [];
  const { lines } = await followed({
    records: [first, second],
    observe: (reading) => {
      const { record, before } = reading;
      seen.push([record === first, before === first, before === undefined]);
      return { lines: [`reading ${seen.length}`], ...endAt(second)(reading) };
    },
  });
  t.same(seen, [
    [true, false, true],
    [false, true, false],
  ]);
  t.same(lines, ['reading 1', 'reading 2'], 'also those of the last reading');
});

t.test('stops after a time without progress, and the work stays open', async (t) => {
  const { end, now } = await followed({ records: [BEGUN] });
  t.same([end, now], [{ kind: 'stopped', sentence: 'nothing happens', isOpen: true }, 11_000]);
});

t.test('counts a phase of any login as progress', async (t) => {
  const phases = ['preflight', 'apply', 'publish', 'finalize'] as const;
  const records = phases.map((phase): SecretRecord => {
    const change = { id: 'c', phase } as LoginChange;
    const redis = { ...newLoginRecord('u1', 'app'), system: 'redis' as const, change };
    return { ...BEGUN, login: newLoginRecord('u1', 'app'), otherLogins: [redis] };
  });
  const { now } = await followed({ records: records.flatMap((one) => Array.from({ length: 9 }, () => one)) });
  t.equal(now, 38_000, 'the limit begins again at each phase');
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
    t.equal((await followed({ records })).now, 19_000);
  const waits = await followed({
    records: [...many(BEGUN), { ...BEGUN }],
    observe: ({ record }) => ({ waitingFor: record === BEGUN ? undefined : 'sessions' }),
  });
  t.equal(waits.now, 19_000);
});

t.test('takes the time limit from each reading', async (t) => {
  const [short, long] = [BEGUN, { ...BEGUN }];
  const { now } = await followed({
    records: [long, long, long, long, long, long, short],
    observe: ({ record }) => ({ timeout: record === short ? 2000 : 60_000 }),
  });
  t.equal(now, 6000);
});

t.test('stops if the record is gone', async (t) => {
  const { end } = await followed({ records: [BEGUN, undefined] });
  t.same(end, { kind: 'stopped', sentence: 'the record is gone' });
});

t.test('reads again while the API server does not answer, and reports that once', async (t) => {
  const last = waitingFor('Deployment/c');
  const outage = { readings: 7, code: 'CLUSTER_UNREACHABLE' } as const;
  const { end, lines } = await followed({ records: [last], observe: endAt(last), outage });
  t.same(end, { kind: 'ended' });
  t.same(lines, ['the API server does not answer; this command tries again', 'the API server answers again']);
});

t.test('gives up after the time limit, and sooner if it is refused', async (t) => {
  const timedOut = { readings: 9999, code: 'CLUSTER_TIMEOUT' } as const;
  const { end, now } = await followed({ records: [BEGUN], outage: timedOut, timeout: 15_000 });
  t.same([end, now], ['LOCKSTEP_CLUSTER_TIMEOUT', 15_000]);
  const refused = { readings: 9999, code: 'CLUSTER_REFUSED' } as const;
  const sooner = await followed({ records: [BEGUN], outage: refused });
  t.same([sooner.end, sooner.now], ['LOCKSTEP_CLUSTER_REFUSED', 60_000]);
});

t.test('passes another error on at once', async (t) => {
  const outage = { readings: 1, code: 'CLUSTER_CONFLICT' } as const;
  const { end, lines, now } = await followed({ records: [BEGUN], outage });
  t.same([end, lines, now], ['LOCKSTEP_CLUSTER_CONFLICT', [], 0]);
});

t.test("ends started work that can't be followed with 1 and the reason", async (t) => {
  const said: string[] = [];
  const failing = async () => {
    throw new LockstepError('CLUSTER_UNREACHABLE', ['https://127.0.0.1:1', 'ECONNREFUSED', 'reading']);
  };
  t.equal(await reportStopped((line) => said.push(line), failing), 1);
  t.match(said, [/^stopped: cannot reach the API server .* a leading controller continues it$/]);
  await t.rejects(
    reportStopped(
      () => {},
      async () => Promise.reject(new TypeError('a fault of ours')),
    ),
    TypeError,
  );
});
