import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { type BodyAllocation, BodyMemory } from '../../../src/admission/http/body-memory.ts';

/** The result of one body. */
interface Visitor extends Pick<BodyAllocation, 'resize' | 'release'> {
  readonly fate: () => string;
  readonly want: (bytes: number) => void;
}

function visitor(room: BodyMemory, sender = '127.0.0.1'): Visitor {
  let fate = 'small';
  const place = room.allocate(sender, () => {
    fate = 'refused';
  });
  return {
    resize: (bytes) => place.resize(bytes),
    release: () => place.release(),
    fate: () => fate,
    want: (bytes) => {
      fate = 'waits';
      place.enlarge(bytes, () => {
        fate = 'large';
      });
    },
  };
}

t.test('admits large bodies while there is room, and the next one after a release', async (t) => {
  const room = new BodyMemory(100, 1000, 60_000);
  const [one, two, three] = [visitor(room), visitor(room), visitor(room)];
  for (const each of [one, two, three]) each.want(50);
  t.same([one.fate(), two.fate(), three.fate()], ['large', 'large', 'waits']);
  two.release();
  two.release();
  t.same([one.fate(), three.fate()], ['large', 'large']);
  const four = visitor(room);
  four.want(1);
  t.equal(four.fate(), 'waits', 'leaving twice made no more room');
});

t.test('admits the smallest waiting body first', async (t) => {
  const room = new BodyMemory(100, 1000, 60_000);
  const [first, big, little] = [visitor(room), visitor(room), visitor(room)];
  first.want(100);
  big.want(90);
  little.want(20);
  first.release();
  t.same([big.fate(), little.fate()], ['waits', 'large']);
  little.release();
  t.equal(big.fate(), 'large');
});

t.test('gives no room to a waiting body that goes away', async (t) => {
  const room = new BodyMemory(100, 1000, 60_000);
  const [first, gone, last] = [visitor(room), visitor(room), visitor(room)];
  first.want(100);
  gone.want(60);
  gone.release();
  first.release();
  last.want(100);
  t.same([gone.fate(), last.fate()], ['waits', 'large']);
});

t.test('evicts an overdue large body only if others wait', async (t) => {
  const room = new BodyMemory(100, 1000, 1);
  const slow = visitor(room);
  slow.want(100);
  await sleep(50);
  t.equal(slow.fate(), 'large');
  const next = visitor(room);
  next.want(10);
  t.same([slow.fate(), next.fate()], ['refused', 'large']);
  slow.release();
  const other = visitor(room);
  other.want(90);
  t.equal(other.fate(), 'large', 'what the refused one held is free, once');
});

t.test('evicts small bodies that wait to be large first, then the oldest', async (t) => {
  const room = new BodyMemory(10, 100, 60_000);
  const [full, waiting, oldest, newer, newest] = [1, 2, 3, 4, 5].map(() => visitor(room));
  full?.want(10);
  oldest?.resize(40);
  waiting?.resize(20);
  waiting?.want(10);
  newer?.resize(40);
  newest?.resize(10);
  t.equal(waiting?.fate(), 'refused');
  t.equal(oldest?.fate(), 'small');
  newest?.resize(30);
  t.same(
    [oldest, newer, newest, full].map((each) => each?.fate()),
    ['refused', 'small', 'small', 'large'],
  );
});

t.test('admits a body of the sender that holds the least first', async (t) => {
  const room = new BodyMemory(100, 1000, 60_000);
  const [first, second, small] = [visitor(room), visitor(room), visitor(room)];
  const other = visitor(room, '127.0.0.2');
  first.want(50);
  second.want(50);
  small.want(10);
  other.want(50);
  first.release();
  t.same([small.fate(), other.fate()], ['waits', 'large']);
});

t.test('evicts an overdue body of the sender that holds the most', async (t) => {
  const room = new BodyMemory(100, 1000, 1);
  const other = visitor(room, '127.0.0.2');
  other.want(30);
  const [first, second] = [visitor(room), visitor(room)];
  first.want(30);
  second.want(40);
  await sleep(50);
  visitor(room, '127.0.0.3').want(10);
  t.same([other.fate(), first.fate(), second.fate()], ['large', 'refused', 'large']);
});

t.test('evicts a small body of the sender that holds the most', async (t) => {
  const room = new BodyMemory(10, 100, 60_000);
  const other = visitor(room, '127.0.0.2');
  other.resize(10);
  const many = Array.from({ length: 9 }, () => visitor(room));
  for (const one of many) one.resize(11);
  t.same(
    [other, ...many].map((one) => one.fate()),
    ['small', 'refused', ...Array(8).fill('small')],
  );
});

t.test('forgets a sender with its last body', async (t) => {
  const room = new BodyMemory(100, 100, 60_000);
  const [first, second] = [visitor(room), visitor(room)];
  first.resize(60);
  first.release();
  first.release();
  second.resize(60);
  second.release();
  const other = visitor(room, '127.0.0.2');
  other.resize(100);
  t.equal(other.fate(), 'small');
});
