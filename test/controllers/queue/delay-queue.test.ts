import t from 'tap';
import { delayQueue } from '../../../src/controllers/queue/delay-queue.ts';
import { fc } from '../../helpers/property.ts';

t.test('the earliest key is due first, and not before its time', async (t) => {
  const { add, takeDue, next } = delayQueue<string>();
  add('c', 30);
  add('a', 10);
  add('b', 20);
  t.equal(next(), 10);
  t.same(takeDue(9), []);
  t.same(takeDue(10), ['a']);
  t.same(takeDue(10), []);
  t.equal(next(), 20);
  t.same(takeDue(100), ['b', 'c']);
  t.equal(next(), undefined);
});

t.test('the earliest time of a key counts', async (t) => {
  const { add, takeDue, next } = delayQueue<string>();
  add('a', 20);
  add('a', 30);
  t.equal(next(), 20);
  add('a', 10);
  t.equal(next(), 10);
  t.same(takeDue(100), ['a']);
  t.same(takeDue(100), []);
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
      const queue = delayQueue<string>();
      const plain = new Map<string, number>();
      for (const { kind, key, at } of steps) {
        if (kind === 'add') {
          queue.add(key, at);
          plain.set(key, Math.min(at, plain.get(key) ?? at));
        } else if (kind === 'delete') {
          queue.delete(key);
          plain.delete(key);
        } else {
          const times = queue.takeDue(at).map((taken) => {
            const time = plain.get(taken);
            plain.delete(taken);
            return time ?? Number.NaN;
          });
          if (times.some((time, index) => !(time <= at && time >= (times[index - 1] ?? 0)))) return false;
          if (Math.min(...plain.values()) <= at) return false;
        }
        if (plain.size === 0 ? queue.next() !== undefined : !(queue.next()! <= Math.min(...plain.values())))
          return false;
      }
      return true;
    }),
    { numRuns: 2000 },
  );
});
