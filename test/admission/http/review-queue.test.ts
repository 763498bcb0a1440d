import assert from 'node:assert/strict';
import t from 'tap';
import { type QueuedReview, reviewQueue } from '../../../src/admission/http/review-queue.ts';

const EXPIRED_MS = 1;

/** A queue whose clock moves only by the cost of each review. `run` calls the deferred work. */
function aLine() {
  let now = 0;
  let work: (() => void) | undefined;
  const pauses: number[] = [];
  const done: string[] = [];
  const turns = reviewQueue(
    () => now,
    (next, after) => {
      pauses.push(after);
      work = next;
    },
  );
  return {
    done,
    pauses,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    add: (
      group: string,
      name: string,
      cost: number,
      more: Partial<Pick<QueuedReview, 'sender' | 'deadline' | 'bytes' | 'isLast'>> = {},
    ) =>
      turns.add({
        sender: '10.0.0.1',
        bytes: 2000,
        namespace: () => group,
        deadline: 1_000_000,
        ...more,
        run: () => {
          now += cost;
          done.push(name);
        },
        onExpired: () => {
          now += EXPIRED_MS;
          done.push(`${name} given up`);
        },
      }),
    /** One slice of work. */
    step: (): void => {
      const next = work;
      work = undefined;
      next?.();
    },
    run: (): void => {
      for (let next = work; next !== undefined; next = work) {
        work = undefined;
        next();
      }
    },
  };
}

t.test('delays another namespace by at most one costly review', async (t) => {
  const line = aLine();
  for (const name of ['a1', 'a2', 'a3']) line.add('a', name, 250);
  for (const name of ['b1', 'b2', 'b3']) line.add('b', name, 1);
  line.step();
  t.same(line.done, ['a1']);
  line.add('b', 'b4', 1);
  line.run();
  t.same(line.done, ['a1', 'b1', 'b2', 'b3', 'b4', 'a2', 'a3']);
});

t.test('does not credit a new namespace with all earlier time', async (t) => {
  const line = aLine();
  for (const name of ['a1', 'a2', 'a3', 'a4']) line.add('a', name, 100);
  line.step();
  line.step();
  for (const name of ['b1', 'b2', 'b3', 'b4']) line.add('b', name, 100);
  line.run();
  t.same(line.done.slice(2), ['b1', 'a3', 'b2', 'a4', 'b3', 'b4']);
});

t.test('does not read the namespace of a review that waits alone', async (t) => {
  const turns = reviewQueue(
    () => 0,
    (work) => work(),
  );
  let count = 0;
  const take = (): void => {
    count += 1;
  };
  const namespace = () => assert.fail('asked');
  turns.add({ sender: '10.0.0.1', bytes: 1, namespace, deadline: 1000, run: take, onExpired: () => {} });
  t.equal(count, 1);
});

t.test('runs a review that waits alone until its deadline', async (t) => {
  const line = aLine();
  line.add('a', 'short of time', 1, { deadline: 100 });
  line.run();
  t.same(line.done, ['short of time']);
});

t.test('reports an expired review without running it', async (t) => {
  const line = aLine();
  line.add('a', 'a1', 250, { deadline: 3000 });
  line.add('a', 'a2', 250, { deadline: 600 });
  line.add('b', 'b1', 250, { deadline: 700 });
  line.add('b', 'b2', 250, { deadline: 3000 });
  line.run();
  t.same(line.done, ['a1', 'a2 given up', 'b1 given up', 'b2']);
});

t.test('drops a review whose caller disconnected', async (t) => {
  const line = aLine();
  line.add('a', 'a1', 250);
  const fresh = line.add('a', 'a2', 250);
  const known = line.add('b', 'b1', 250);
  fresh();
  line.step();
  known();
  line.run();
  t.same(line.done, ['a1']);
});

t.test('lets the sockets be read after each costly review, and after many cheap ones', async (t) => {
  const line = aLine();
  for (let count = 0; count < 30; count += 1) line.add('a', `${count}`, 1);
  line.run();
  t.same(line.pauses, [0, 0, 0], 'ten milliseconds each');
  line.add('a', 'costly', 250);
  line.add('a', 'next', 1);
  line.run();
  t.same(line.pauses.slice(3), [0, 50]);
});

t.test('delays another sender by one review, whatever namespaces the first one names', async (t) => {
  const line = aLine();
  for (let count = 0; count < 6; count += 1)
    line.add(`forged-${count}`, `f${count}`, 250, { sender: '10.0.0.9' });
  line.step();
  for (const name of ['a1', 'a2', 'a3']) line.add('a', name, 1);
  line.run();
  t.same(line.done, ['f0', 'a1', 'a2', 'a3', 'f1', 'f2', 'f3', 'f4', 'f5']);
});

t.test('runs a small review before large ones of namespaces that are new as well', async (t) => {
  const line = aLine();
  for (let count = 0; count < 4; count += 1) line.add(`forged-${count}`, `f${count}`, 250, { bytes: 45_000 });
  line.step();
  line.add('a', 'a1', 1);
  line.run();
  t.same(line.done, ['f0', 'a1', 'f1', 'f2', 'f3']);
});

t.test('runs a review that comes last after all others, also of other senders', async (t) => {
  const line = aLine();
  line.add('', 'p1', 250, { isLast: true });
  line.add('', 'p2', 250, { isLast: true, sender: '10.0.0.2' });
  for (const name of ['a1', 'a2', 'a3']) line.add('a', name, 250);
  line.step();
  line.add('b', 'b1', 1);
  line.run();
  t.same(line.done, ['a1', 'b1', 'a2', 'a3', 'p1', 'p2']);
});

t.test('answers expired reviews in the turn of their sender, also those that come last', async (t) => {
  const line = aLine();
  for (const name of ['f1', 'f2', 'f3']) line.add('f', name, 250, { sender: '10.0.0.9', deadline: 100 });
  line.add('', 'p1', 250, { isLast: true, deadline: 100 });
  line.add('a', 'a1', 1, { bytes: 0 });
  line.run();
  t.same(line.done, ['f1 given up', 'p1 given up', 'f2 given up', 'a1', 'f3 given up']);
});

t.test('runs what is left after reviews of each kind were dropped', async (t) => {
  const line = aLine();
  line.add('a', 'a1', 250);
  const drops = [
    line.add('', 'p1', 250, { isLast: true }),
    line.add('b', 'b1', 250),
    line.add('c', 'c1', 250, { deadline: 300 }),
  ];
  line.add('', 'p2', 250, { isLast: true });
  line.step();
  for (const drop of [...drops, ...drops]) drop();
  line.run();
  t.same(line.done, ['c1 given up', 'a1', 'p2']);
});

/** The time at which a review of 2 MiB ran. The others are small, and each of them is followed by the next at once. */
function turnOfLarge(small: (count: number) => Pick<QueuedReview, 'sender' | 'namespace'>, atOnce: number) {
  let now = 0;
  let count = 0;
  let servedAt = Number.POSITIVE_INFINITY;
  const due: (() => void)[] = [];
  const arriving: (() => void)[] = [];
  const queue = reviewQueue(
    () => now,
    (work) => {
      due.push(work);
    },
  );
  const addSmall = (which: number): void => {
    count += 1;
    const run = (): void => {
      now += 5;
      arriving.push(() => addSmall(which));
    };
    queue.add({ ...small(which), bytes: 2000, deadline: 1_000_000, run, onExpired: () => assert.fail() });
  };
  for (let which = 0; which < atOnce; which += 1) addSmall(which);
  const large = { sender: '10.0.0.1', namespace: () => 'large', bytes: 2 * 1024 * 1024, deadline: 1_000_000 };
  const run = (): void => {
    servedAt = now;
  };
  queue.add({ ...large, run, onExpired: () => assert.fail() });
  while (servedAt === Number.POSITIVE_INFINITY && count < 10_000) {
    due.shift()?.();
    for (const add of arriving.splice(0)) add();
  }
  return servedAt;
}

t.test('small reviews that follow one another keep no large one waiting until it expires', async (t) => {
  let count = 0;
  const ofOneSender = (): Pick<QueuedReview, 'sender' | 'namespace'> => {
    count += 1;
    const name = `new-${count}`;
    return { sender: '10.0.0.1', namespace: () => name };
  };
  const ofSenders = (which: number) => ({ sender: `10.0.1.${which}`, namespace: () => 'a' });
  t.ok(turnOfLarge(ofOneSender, 8) < 1000);
  t.ok(turnOfLarge(ofSenders, 3) < 1000);
  t.ok(turnOfLarge(ofSenders, 40) < 2000);
});
