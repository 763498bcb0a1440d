import t from 'tap';
import { fifoSet } from '../../../src/controllers/queue/fifo-set.ts';

t.test('first come, first served, and nobody waits twice', async (t) => {
  const { add, take, has, length } = fifoSet<string>();
  for (const key of ['a', 'b', 'a', '__proto__', '']) add(key);
  t.equal(length(), 4);
  t.ok(has('b'));
  t.same([take(), take(), take(), take(), take()], ['a', 'b', '__proto__', '', undefined]);
  t.notOk(has('b'));
});

t.test('it goes on where it was left, also when it was empty in between', async (t) => {
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

t.test('whoever leaves and comes again is last', async (t) => {
  const { add, take, delete: leave } = fifoSet<string>();
  for (const key of ['a', 'b', 'c']) add(key);
  leave('a');
  leave('x');
  add('a');
  t.same([take(), take(), take(), take()], ['b', 'c', 'a', undefined]);
});

t.test('a million that wait cost no more each than ten', async (t) => {
  const { add, take } = fifoSet<number>();
  for (let key = 0; key < 1_000_000; key += 1) add(key);
  for (let key = 0; key < 1_000_000; key += 1) if (take() !== key) t.fail(`${key} is out of turn`);
  t.equal(take(), undefined);
});
