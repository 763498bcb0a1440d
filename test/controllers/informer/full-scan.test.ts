import t from 'tap';
import { fullScan } from '../../../src/controllers/informer/full-scan.ts';
import { versionIndex } from '../../../src/controllers/informer/version-index.ts';
import type { ObservedSecret } from '../../../src/controllers/ports.ts';
import { aSecret } from '../../helpers/engine/engine.ts';

const hold = (name: string, resourceVersion: string): ObservedSecret => ({
  secret: aSecret({}, { namespace: 'shop', name }),
  uid: name,
  resourceVersion,
  written: { by: 'kubectl-edit', time: new Date('2026-11-25T12:00:00Z') },
});

/** `look` is called with each name. */
async function swept(
  all: readonly ObservedSecret[],
  look: (name: string) => boolean,
  index = versionIndex(
    () => {},
    async () => {},
  ),
) {
  const judged: string[] = [];
  const looked: string[] = [];
  await fullScan({
    secrets: async function* () {
      yield* all;
    },
    needsReconcile: ({ secret: { name } }) => {
      judged.push(name);
      return look(name);
    },
    index,
    enqueue: (key) => looked.push(key),
  });
  return { judged, looked, index };
}

t.test('each Secret is validated, and enqueued if it needs a reconcile', async (t) => {
  const { judged, looked, index } = await swept([hold('a', '1'), hold('b', '2')], (name) => name === 'b');
  t.same(judged, ['a', 'b']);
  t.same(looked, ['shop/b']);
  t.equal(index.versionOf('shop/a'), '1');
});

t.test('a Secret that can not be validated is enqueued, and the others are validated', async (t) => {
  const { judged, looked } = await swept([hold('a', '1'), hold('b', '2')], (name) => {
    if (name === 'a') throw new TypeError('it is not what it should be');
    return false;
  });
  t.same(judged, ['a', 'b']);
  t.same(looked, ['shop/a']);
});

t.test('a Secret that changed since the list was started is enqueued', async (t) => {
  const index = versionIndex(
    () => {},
    async () => {},
  );
  index.markSeen('shop/a', '9');
  index.markSeen('shop/b', '2');
  t.same((await swept([hold('a', '1'), hold('b', '2')], () => false, index)).looked, ['shop/a']);
});
