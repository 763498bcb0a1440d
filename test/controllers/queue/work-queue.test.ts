import t from 'tap';
import {
  type QueueStats,
  type WorkQueueHandler,
  type WorkQueueNeeds,
  type WorkResult,
  workQueue,
} from '../../../src/controllers/queue/work-queue.ts';
import { virtualTime } from '../../helpers/engine/virtual-time.ts';
import { fc } from '../../helpers/property.ts';

const DONE: WorkResult = { kind: 'done' };
const MINUTE = 60 * 1000;

/** A queue in virtual time. `handle` does the work of a key. By default it takes some time and is done. */
function aQueue(
  handle: WorkQueueHandler<string>['handle'] = async () => DONE,
  {
    workers = 4,
    takes = 10,
    random = (): number => 0,
    limitGroupOf: laneOf,
    fairnessGroupOf: groupOf,
  }: Partial<Pick<WorkQueueNeeds<string>, 'random' | 'limitGroupOf' | 'fairnessGroupOf'>> & {
    workers?: number;
    takes?: number;
  } = {},
) {
  const time = virtualTime();
  const stop = new AbortController();
  const begun: string[] = [];
  const working = new Set<string>();
  const failed: string[] = [];
  let seen: QueueStats = { depth: 0, retries: 0 };
  let most = 0;
  let clashes = 0;
  const handler: WorkQueueHandler<string> = {
    handle: async (key, signal) => {
      begun.push(`${time.now()} ${key}`);
      if (working.has(key)) clashes += 1;
      working.add(key);
      most = Math.max(most, working.size);
      try {
        if (takes > 0) await time.sleep(takes);
        return await handle(key, signal);
      } finally {
        working.delete(key);
      }
    },
    onError: (key, error, failures) =>
      failed.push(`${key}: ${error instanceof Error ? error.message : error}, ${failures}`),
  };
  const queue = workQueue<string>(
    {
      onStats: (now) => {
        seen = now;
      },
      ...(laneOf && { limitGroupOf: laneOf }),
      ...(groupOf && { fairnessGroupOf: groupOf }),
      now: time.now,
      random,
      sleep: time.sleep,
    },
    workers,
  );
  return {
    ...queue,
    time,
    stop: () => stop.abort(),
    start: () => queue.run(handler, stop.signal),
    /** `MILLISECOND KEY` of the work since the last call. */
    begun: () => begun.splice(0),
    failed: () => failed.splice(0),
    seen: () => seen,
    most: () => most,
    clashes: () => clashes,
  };
}

t.test('each added key is worked on once, by as many workers as there are', async (t) => {
  const { add, time, start, begun, seen, most } = aQueue();
  for (const key of ['a', 'b', 'c', 'd', 'e', 'a', '__proto__']) add(key);
  t.same(seen(), { depth: 6, retries: 0 });
  void start();
  await time.pass(MINUTE);
  t.same(begun(), ['0 a', '0 b', '0 c', '0 d', '10 e', '10 __proto__']);
  t.equal(most(), 4);
  t.same(seen(), { depth: 0, retries: 0 });
});

t.test('a key that is added during its work is worked on once more afterwards', async (t) => {
  const { add, time, start, begun, clashes } = aQueue();
  void start();
  add('a');
  await time.pass(5);
  add('a');
  add('a');
  await time.pass(MINUTE);
  t.same(begun(), ['0 a', '10 a']);
  t.equal(clashes(), 0);
});

t.test('requeues a key after its delay', async (t) => {
  const outcomes: WorkResult[] = [
    { kind: 'requeue', requeueAfter: 100 },
    { kind: 'requeue', requeueAfter: 0 },
    DONE,
  ];
  const { add, time, start, begun } = aQueue(async () => outcomes.shift()!);
  void start();
  add('a');
  await time.pass(MINUTE);
  t.same(begun(), ['0 a', '110 a', '120 a']);
});

t.test('the earliest of several delays counts', async (t) => {
  const { addAfter, time, start, begun } = aQueue();
  void start();
  addAfter('a', 2000);
  addAfter('a', 3000);
  addAfter('a', 1000);
  await time.pass(MINUTE);
  t.same(begun(), ['1000 a']);
});

t.test('a negative delay is due now, a delay beyond all timers is not, and NaN is refused', async (t) => {
  const { addAfter, time, start, begun } = aQueue();
  void start();
  addAfter('a', -5);
  addAfter('b', 60 * 24 * 60 * MINUTE);
  addAfter('c', Number.POSITIVE_INFINITY);
  t.throws(() => addAfter('d', Number.NaN), RangeError);
  await time.pass(59 * 24 * 60 * MINUTE);
  t.same(begun(), ['0 a']);
  await time.pass(2 * 24 * 60 * MINUTE);
  t.same(begun(), [`${60 * 24 * 60 * MINUTE} b`]);
});

t.test('a key that becomes due during its work is worked on once more', async (t) => {
  const { add, addAfter, time, start, begun } = aQueue(undefined, { takes: 100 });
  void start();
  add('a');
  addAfter('a', 50);
  await time.pass(MINUTE);
  t.same(begun(), ['0 a', '100 a']);
});

t.test('retries a failing key with exponential backoff until it succeeds', async (t) => {
  let isBroken = true;
  const { add, time, start, begun, failed, seen } = aQueue(
    async () => {
      if (isBroken) throw new Error('no');
      return DONE;
    },
    { takes: 0 },
  );
  void start();
  add('a');
  await time.pass(30 * MINUTE);
  const seconds = [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111, 1411, 1711];
  t.same(
    begun(),
    seconds.map((second) => `${second * 1000} a`),
  );
  t.match(failed(), ['a: no, 1', 'a: no, 2']);
  t.same(seen(), { depth: 0, retries: 1 });
  isBroken = false;
  await time.pass(5 * MINUTE);
  t.same(seen(), { depth: 0, retries: 0 });
  begun();
  isBroken = true;
  add('a');
  await time.pass(1500);
  t.equal(begun().length, 2, 'and begins anew with a second');
});

t.test('the backoff has a random part', async (t) => {
  const { add, time, start, begun } = aQueue(
    async () => {
      throw new Error('no');
    },
    { takes: 0, random: () => 1 },
  );
  void start();
  add('a');
  await time.pass(2000);
  t.same(begun(), ['0 a', '500 a', '1500 a']);
});

t.test('a result with an invalid delay is a failure', async (t) => {
  const { add, time, start, failed } = aQueue(async () => ({ kind: 'requeue', requeueAfter: Number.NaN }));
  void start();
  add('a');
  await time.pass(500);
  t.match(failed(), [/^a: .* not a number, 1$/]);
});

t.test('a failing key that is added again waits a second, not its whole backoff', async (t) => {
  const { add, time, start, begun } = aQueue(
    async () => {
      add('a');
      throw new Error('no');
    },
    { takes: 0 },
  );
  void start();
  add('a');
  await time.pass(10_500);
  t.equal(begun().length, 11, 'although its own failure adds it');
});

t.test('added keys do not wait for all requeued ones, nor the reverse', async (t) => {
  const { add, addAfter, time, start, begun } = aQueue(undefined, { workers: 1 });
  addAfter('r1', 0);
  addAfter('r2', 1);
  addAfter('r3', 2);
  for (const key of ['f1', 'f2', 'f3', 'f4', 'f5']) add(key);
  void start();
  await time.pass(MINUTE);
  t.same(
    begun().map((each) => each.split(' ')[1]),
    ['f1', 'r1', 'f2', 'r2', 'f3', 'r3', 'f4', 'f5'],
  );
});

t.test('a key that is both due and added is worked on once', async (t) => {
  const { add, addAfter, time, start, begun, seen } = aQueue(undefined, { workers: 2, takes: 100 });
  void start();
  for (const key of ['x', 'y', 'added first']) add(key);
  for (const key of ['added first', 'due first']) addAfter(key, 10);
  await time.pass(50);
  add('another');
  await time.pass(1);
  add('due first');
  t.equal(seen().depth, 3);
  await time.pass(MINUTE);
  t.same(begun().sort(), ['0 x', '0 y', '100 added first', '100 another', '200 due first']);
});

t.test('a forgotten key is not worked on, wherever it waited', async (t) => {
  const { add, addAfter, forget, time, start, begun, seen } = aQueue(
    async (key) => {
      if (key === 'failing') throw new Error('no');
      return { kind: 'requeue', requeueAfter: 1000 };
    },
    { takes: 100 },
  );
  add('fresh');
  addAfter('later', 1000);
  forget('fresh');
  forget('later');
  forget('unknown');
  void start();
  add('failing');
  await time.pass(200);
  t.equal(seen().retries, 1);
  forget('failing');
  t.equal(seen().retries, 0);
  add('working');
  await time.pass(50);
  add('working');
  forget('working');
  await time.pass(MINUTE);
  t.same(begun(), ['0 failing', '200 working']);
});

t.test('a key that is forgotten during its work, and added again, is worked on once more', async (t) => {
  const { add, forget, time, start, begun } = aQueue();
  void start();
  add('a');
  await time.pass(5);
  forget('a');
  add('a');
  await time.pass(MINUTE);
  t.same(begun(), ['0 a', '10 a']);
});

t.test('run resolves after the running work, and starts no new work', async (t) => {
  const signals: AbortSignal[] = [];
  const { add, time, start, stop, begun, seen } = aQueue(
    async (_key, signal) => {
      signals.push(signal);
      return DONE;
    },
    { workers: 2, takes: 1000 },
  );
  for (const key of ['a', 'b', 'c']) add(key);
  let hasEnded = false;
  const running = start().then(() => {
    hasEnded = true;
  });
  await time.pass(500);
  stop();
  await time.pass(400);
  t.notOk(hasEnded);
  await time.pass(200);
  t.ok(hasEnded);
  t.ok(signals[0]?.aborted);
  await running;
  add('d');
  await time.pass(MINUTE);
  t.same(begun(), ['0 a', '0 b']);
  t.equal(seen().depth, 2);
  t.equal(time.sleepers(), 0);
});

t.test('an idle queue ends at once, and leaves no timer', async (t) => {
  const { time, start, stop, addAfter } = aQueue();
  addAfter('a', 5000);
  const running = start();
  await time.pass(10);
  stop();
  await running;
  t.equal(time.sleepers(), 0);
});

t.test('a signal during the pause after a long step ends the work', async (t) => {
  for (const isLater of [false, true]) {
    const time = virtualTime();
    const stop = new AbortController();
    let blocked = 0;
    let isEnded = false;
    const queue = workQueue<string>({
      onStats: () => {},
      now: () => time.now() + blocked,
      random: () => 0,
      sleep: async (milliseconds, signal) => {
        if (milliseconds === 0) stop.abort();
        await time.sleep(milliseconds, signal);
      },
    });
    queue.add('a');
    const handle = async (): Promise<WorkResult> => {
      blocked += 12_000;
      return isLater ? { kind: 'requeue', requeueAfter: 24 * 60 * MINUTE } : DONE;
    };
    void queue.run({ handle, onError: () => {} }, stop.signal).then(() => {
      isEnded = true;
    });
    await time.pass(MINUTE);
    t.ok(stop.signal.aborted, 'it pauses after 12 s without a turn');
    t.ok(isEnded, isLater ? 'with work that is due in a day' : 'with nothing left to do');
  }
});

t.test('a hundred thousand keys at once are all worked on, and the event loop is not blocked', async (t) => {
  const KEYS = 100_000;
  const done = new Set<string>();
  const all = Promise.withResolvers<void>();
  const stop = new AbortController();
  let turns = 0;
  const queue = workQueue<string>({
    onStats: () => {},
    now: () => performance.now(),
    random: () => 0,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  });
  for (let key = 0; key < KEYS; key += 1) queue.add(`namespace/secret-${key}`);
  const ticking = setInterval(() => {
    turns += 1;
  }, 1);
  const handle = async (key: string): Promise<WorkResult> => {
    done.add(key);
    if (done.size === KEYS) all.resolve();
    return DONE;
  };
  const running = queue.run({ handle, onError: () => {} }, stop.signal);
  await all.promise;
  stop.abort();
  await running;
  clearInterval(ticking);
  t.equal(done.size, KEYS);
  t.ok(turns > 1);
});

t.test('no key is lost or worked on twice at a time, whatever is added, fails and is forgotten', async () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const step = fc.record({
    kind: fc.constantFrom('add' as const, 'later' as const, 'forget' as const),
    key,
    wait: fc.nat(1500),
  });
  const work = fc.record({
    takes: fc.nat(700),
    ends: fc.constantFrom('done' as const, 'requeue' as const, 'fails' as const),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 60 }),
      fc.array(work, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, works, workers) => {
        let begins = 0;
        /** For each key, the time at which work was last due, as its position among all events. */
        const wanted = new Map<string, number>();
        let happened = 0;
        const queue = aQueue(
          async (key) => {
            const { takes, ends } = works[begins % works.length]!;
            begins += 1;
            const began = happened++;
            await queue.time.sleep(takes);
            if (ends === 'fails' && begins < 200) throw new Error('no');
            if ((wanted.get(key) ?? -1) < began) wanted.delete(key);
            return ends === 'requeue' && begins < 200 ? { kind: 'requeue', requeueAfter: takes } : DONE;
          },
          { workers, takes: 0 },
        );
        void queue.start();
        for (const { kind, key, wait } of steps) {
          if (kind === 'forget') {
            queue.forget(key);
            wanted.delete(key);
          } else {
            wanted.set(key, happened++);
            if (kind === 'add') queue.add(key);
            else queue.addAfter(key, wait);
          }
          await queue.time.pass(wait);
        }
        await queue.time.pass(24 * 60 * MINUTE);
        const { depth, retries } = queue.seen();
        queue.stop();
        return wanted.size === 0 && queue.clashes() === 0 && depth === 0 && retries === 0;
      },
    ),
    { numRuns: 300 },
  );
});

t.test('a key that waits for an external system delays only its own group', async (t) => {
  const laneOf = (key: string): string | undefined => key.split('/').at(-2);
  const { add, time, start, begun, seen, clashes } = aQueue(
    async (key): Promise<WorkResult> => {
      if (!key.startsWith('hole/')) return DONE;
      await time.sleep(20_000);
      return { kind: 'requeue', requeueAfter: 1000 };
    },
    { limitGroupOf: laneOf },
  );
  void start();
  for (let count = 0; count < 1000; count++) add(`hole/${count}`);
  await time.pass(50_000);
  t.equal(begun().length, 6, 'two at a time, of 20 s each');
  t.equal(seen().depth, 998);
  for (const key of ['shop/app', 'hole/7', 'plain']) add(key);
  await time.pass(100);
  t.same(
    begun().map((one) => one.split(' ')[1]),
    ['shop/app', 'plain'],
  );
  t.equal(seen().depth, 998, 'who waits already is not twice there');
  for (let lane = 0; lane < 20; lane++) for (const key of ['a', 'b']) add(`${lane}/${key}`);
  await time.pass(MINUTE);
  t.equal(begun().filter((one) => !one.includes('hole')).length, 40, 'nobody waits for those');
  t.equal(clashes(), 0);
});

t.test('a key that is forgotten while it waits in its group is not worked on', async (t) => {
  const { add, forget, time, start, begun, seen } = aQueue(undefined, {
    limitGroupOf: () => 'shop',
    takes: 1000,
  });
  void start();
  for (const key of ['a', 'b', 'c', 'd']) add(key);
  await time.pass(10);
  forget('c');
  t.equal(seen().depth, 1);
  await time.pass(MINUTE);
  t.same(begun(), ['0 a', '0 b', '1000 d']);
});

t.test('a key with a limited group does not wait for the other keys, however many there are', async (t) => {
  const { add, time, start, begun } = aQueue(undefined, {
    limitGroupOf: (key) => (key === 'login' ? 'shop' : undefined),
    takes: 1000,
  });
  for (let count = 0; count < 100; count++) add(`${count}`);
  add('login');
  void start();
  await time.pass(500);
  t.ok(begun().includes('0 login'));
});

t.test('a group with a thousand keys does not delay another group', async (t) => {
  const { add, time, start, begun } = aQueue(undefined, {
    fairnessGroupOf: (key) => key.split('/')[0] ?? '',
    takes: 1000,
  });
  for (let count = 0; count < 1000; count++) add(`tenant/${count}`);
  void start();
  await time.pass(500);
  add('shop/app');
  await time.pass(2000);
  t.ok(begun().some((one) => one.endsWith('shop/app')));
});
