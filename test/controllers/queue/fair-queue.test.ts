import t from 'tap';
import { fairQueue } from '../../../src/controllers/queue/fair-queue.ts';
import { fc } from '../../helpers/property.ts';

const groupOf = (key: string): string => key.split('/')[0] ?? '';

function drained(keys: readonly string[]): readonly string[] {
  const line = fairQueue(groupOf);
  for (const key of keys) line.add(key);
  return keys.map(() => line.take()).filter((key) => key !== undefined);
}

t.test('groups are served in turn, each in its own order', async (t) => {
  t.same(drained(['a/1', 'a/2', 'a/3', 'b/1', 'c/1', 'c/2', 'a/1']), [
    'a/1',
    'b/1',
    'c/1',
    'a/2',
    'c/2',
    'a/3',
  ]);
});

t.test('a key of another group passes a hundred thousand of one group', async (t) => {
  const line = fairQueue(groupOf);
  for (let index = 0; index < 100_000; index += 1) line.add(`tenant/${index}`);
  t.equal(line.take(), 'tenant/0');
  line.add('shop/app');
  t.ok([line.take(), line.take()].includes('shop/app'));
});

t.test('the queue holds the same keys as a set, whatever is added, deleted and taken', async () => {
  const key = fc.constantFrom('a/1', 'a/2', 'b/1', 'c/1', 'c/2', '__proto__/x');
  const step = fc.oneof(
    fc.record({ what: fc.constantFrom('add' as const, 'delete' as const), key }),
    fc.constant({ what: 'take' as const, key: '' }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const line = fairQueue(groupOf);
      const model = new Set<string>();
      for (const { what, key } of steps) {
        if (what === 'add') {
          line.add(key);
          model.add(key);
        } else if (what === 'delete') {
          line.delete(key);
          model.delete(key);
        } else {
          const taken = line.take();
          if (taken === undefined ? model.size > 0 : !model.delete(taken)) return false;
        }
        if (line.length() !== model.size || [...model].some((each) => !line.has(each))) return false;
      }
      return true;
    }),
  );
});
