import t from 'tap';
import { delayQueue } from '../../../src/controllers/queue/delay-queue.ts';
import { fc } from '../../helpers/property.ts';

t.test('the earliest key is due first, and not before its time', async (t) => {
  const { add, take, next } = delayQueue<string>();
  add('c', 30);
  add('a', 10);
  add('b', 20);
  t.equal(next(), 10);
  t.equal(take(9), undefined);
  t.equal(take(10), 'a');
  t.equal(take(10), undefined);
  t.equal(take(100), 'b');
  t.equal(take(100), 'c');
  t.equal(next(), undefined);
});

t.test('the earliest time of a key counts', async (t) => {
  const { add, take, next } = delayQueue<string>();
  add('a', 20);
  add('a', 30);
  t.equal(next(), 20);
  add('a', 10);
  t.equal(next(), 10);
  t.equal(take(100), 'a');
  t.equal(take(100), undefined);
});

t.test('the queue behaves like a sorted list, whatever is added, deleted and taken', async () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', '__proto__');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), key, at: fc.nat(50) }),
    fc.record({ kind: fc.constant('delete' as const), key, at: fc.constant(0) }),
    fc.record({ kind: fc.constant('take' as const), key, at: fc.nat(50) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const heap = delayQueue<string>();
      const plain = new Map<string, number>();
      for (const { kind, key, at } of steps) {
        if (kind === 'add') {
          heap.add(key, at);
          plain.set(key, Math.min(at, plain.get(key) ?? at));
        } else if (kind === 'delete') {
          heap.delete(key);
          plain.delete(key);
        } else {
          const taken = heap.take(at);
          const earliest = Math.min(...plain.values());
          if (taken === undefined ? earliest <= at : plain.get(taken) !== earliest) return false;
          if (taken !== undefined) plain.delete(taken);
        }
        const [first = undefined] = [...plain.values()].sort((a, b) => a - b);
        if (heap.next() !== first) return false;
      }
      return true;
    }),
    { numRuns: 2000 },
  );
});
