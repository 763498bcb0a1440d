import t from 'tap';
import { limitedQueue } from '../../../src/controllers/queue/limited-queue.ts';
import { fc } from '../../helpers/property.ts';

t.test('the queue limits each group and the total, and serves groups in turn', async (t) => {
  const { add, next, finished: left, length, running: busy } = limitedQueue<string>({ each: 2, all: 3 });
  for (const key of ['a1', 'a2', 'a3', 'a4', 'a1']) add(key, 'a');
  t.same([next()?.key, next()?.key, next()], ['a1', 'a2', undefined]);
  for (const key of ['b1', 'b2']) add(key, 'b');
  t.equal(next()?.key, 'b1');
  t.equal(next(), undefined, 'all are busy');
  t.same([length(), busy()], [3, 3]);
  left('b');
  t.same(next(), { key: 'b2', group: 'b' }, 'that of the other lane has come later and is not held up');
  left('a');
  t.same(next(), { key: 'a3', group: 'a' });
  t.equal(next(), undefined);
});

const NO_LIMITS = { each: Number.POSITIVE_INFINITY, all: Number.POSITIVE_INFINITY };

t.test('groups are served in turn, each in its own order', async (t) => {
  const { add, next } = limitedQueue<string>(NO_LIMITS);
  const keys = ['a/1', 'a/2', 'a/3', 'b/1', 'c/1', 'c/2', 'a/1'];
  for (const key of keys) add(key, key.charAt(0));
  const taken = keys.map(() => next()?.key).filter((key) => key !== undefined);
  t.same(taken, ['a/1', 'b/1', 'c/1', 'a/2', 'c/2', 'a/3']);
});

t.test('a key of another group passes a hundred thousand of one group', async (t) => {
  const { add, next } = limitedQueue<string>(NO_LIMITS);
  for (let index = 0; index < 100_000; index += 1) add(`tenant/${index}`, 'tenant');
  t.equal(next()?.key, 'tenant/0');
  add('shop/app', 'shop');
  t.ok([next()?.key, next()?.key].includes('shop/app'));
});

const turn = fc.oneof(
  fc.record({
    kind: fc.constant('add' as const),
    key: fc.nat(9),
    group: fc.constantFrom('a', 'b', '__proto__'),
  }),
  fc.record({ kind: fc.constant('delete' as const), key: fc.nat(9) }),
  fc.constant({ kind: 'next' } as const),
  fc.constant({ kind: 'left' } as const),
);

t.test('no key is lost or started twice and no limit exceeded, whatever is added and deleted', async () => {
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 100 }), (turns) => {
      const all = limitedQueue<number>({ each: 2, all: 3 });
      const working: { key: number; group: string }[] = [];
      const waiting = new Map<number, string>();
      const isFree = (key: number): boolean => !all.has(key) && !working.some((one) => one.key === key);
      const take = (): boolean => {
        const begun = all.next();
        if (begun === undefined) return false;
        if (waiting.get(begun.key) !== begun.group) throw new Error('it did not wait there');
        waiting.delete(begun.key);
        working.push(begun);
        return true;
      };
      for (const one of turns) {
        if (one.kind === 'add' && isFree(one.key)) {
          all.add(one.key, one.group);
          waiting.set(one.key, one.group);
        }
        if (one.kind === 'delete') {
          all.delete(one.key);
          waiting.delete(one.key);
        }
        if (one.kind === 'next') take();
        if (one.kind === 'left') {
          const ended = working.shift();
          if (ended !== undefined) all.finished(ended.group);
        }
        if (working.length > 3 || all.running() !== working.length) throw new Error('too many');
        for (const lane of ['a', 'b', '__proto__'])
          if (working.filter((each) => each.group === lane).length > 2) throw new Error('too many in a lane');
        if (all.length() !== waiting.size) throw new Error('one is lost');
      }
      for (let ended = working.shift(); ended !== undefined || take(); ended = working.shift())
        if (ended !== undefined) all.finished(ended.group);
      while (working.length > 0 || take()) all.finished(working.shift()?.group ?? '');
      if (waiting.size > 0) throw new Error('one waits for ever');
    }),
    { numRuns: 2000 },
  );
});
