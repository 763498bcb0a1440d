import t from 'tap';
import { fifoSet } from '../../../src/controllers/queue/fifo-set.ts';

t.test('keys leave in their order, without duplicates', async (t) => {
  const { add, take, has, length } = fifoSet<string>();
  for (const key of ['a', 'b', 'a', '__proto__', '']) add(key);
  t.equal(length(), 4);
  t.ok(has('b'));
  t.same([take(), take(), take(), take(), take()], ['a', 'b', '__proto__', '', undefined]);
  t.notOk(has('b'));
});

t.test('the set continues at its position, also after it was empty', async (t) => {
  const { add, take } = fifoSet<string>();
  add('a');
  t.equal(take(), 'a');
  t.equal(take(), undefined);
  add('b');
  add('a');
  t.equal(take(), 'b');
  add('b');
  t.same([take(), take(), take()], ['a', 'b', undefined]);
});

t.test('a key that is deleted and added again is last', async (t) => {
  const { add, take, delete: leave } = fifoSet<string>();
  for (const key of ['a', 'b', 'c']) add(key);
  leave('a');
  leave('x');
  add('a');
  t.same([take(), take(), take(), take()], ['b', 'c', 'a', undefined]);
});

t.test('each of a million waiting keys costs no more than each of ten', async (t) => {
  const { add, take } = fifoSet<number>();
  for (let key = 0; key < 1_000_000; key += 1) add(key);
  for (let key = 0; key < 1_000_000; key += 1) if (take() !== key) t.fail(`${key} is out of turn`);
  t.equal(take(), undefined);
});
