import t from 'tap';
import { sweep } from '../../../src/controllers/informer/full-scan.ts';
import { secretIndex } from '../../../src/controllers/informer/version-index.ts';
import type { Held } from '../../../src/controllers/record/observed-secret.ts';
import { aSecret } from '../../helpers/engine/engine.ts';

const hold = (name: string, resourceVersion: string): Held => ({
  secret: aSecret({}, { namespace: 'shop', name }),
  uid: name,
  resourceVersion,
  written: { by: 'kubectl-edit', time: new Date('2026-11-25T12:00:00Z') },
});

/** `look` is asked of each name. */
async function swept(
  all: readonly Held[],
  look: (name: string) => boolean,
  index = secretIndex(
    () => {},
    async () => {},
  ),
) {
  const judged: string[] = [];
  const looked: string[] = [];
  await sweep({
    secrets: async function* () {
      yield* all;
    },
    look: ({ secret: { name } }) => {
      judged.push(name);
      return look(name);
    },
    index,
    lookAt: (key) => looked.push(key),
  });
  return { judged, looked, index };
}

t.test('each is judged, and worked on where there is more to it', async (t) => {
  const { judged, looked, index } = await swept([hold('a', '1'), hold('b', '2')], (name) => name === 'b');
  t.same(judged, ['a', 'b']);
  t.same(looked, ['shop/b']);
  t.equal(index.known('shop/a'), '1');
});

t.test(
  'one that can not be judged is left to be worked on by itself, and the others are judged',
  async (t) => {
    const { judged, looked } = await swept([hold('a', '1'), hold('b', '2')], (name) => {
      if (name === 'a') throw new TypeError('it is not what it should be');
      return false;
    });
    t.same(judged, ['a', 'b']);
    t.same(looked, ['shop/a']);
  },
);

t.test('one that was changed since the list was begun is looked at again', async (t) => {
  const index = secretIndex(
    () => {},
    async () => {},
  );
  index.seen('shop/a', '9');
  index.seen('shop/b', '2');
  t.same((await swept([hold('a', '1'), hold('b', '2')], () => false, index)).looked, ['shop/a']);
});
