import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { type BodyAllocation, type BodyMemory, bodyMemory } from '../../../src/admission/http/body-memory.ts';

/** The result of one body. */
interface Visitor extends Pick<BodyAllocation, 'resize' | 'release'> {
  readonly fate: () => string;
  readonly want: (bytes: number) => void;
}

function visitor(room: BodyMemory): Visitor {
  let fate = 'small';
  const place = room.allocate(() => {
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
  const room = bodyMemory(100, 1000, 60_000);
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
  const room = bodyMemory(100, 1000, 60_000);
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
  const room = bodyMemory(100, 1000, 60_000);
  const [first, gone, last] = [visitor(room), visitor(room), visitor(room)];
  first.want(100);
  gone.want(60);
  gone.release();
  first.release();
  last.want(100);
  t.same([gone.fate(), last.fate()], ['waits', 'large']);
});

t.test('evicts an overdue large body only if others wait', async (t) => {
  const room = bodyMemory(100, 1000, 1);
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
  const room = bodyMemory(10, 100, 60_000);
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
