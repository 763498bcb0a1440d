import t from 'tap';
import {
  keyOf,
  refOf,
  versionIndex,
  type WatchedMetadata,
} from '../../../src/controllers/informer/version-index.ts';

const aHead = (name: string, resourceVersion: string, recordOf?: string): WatchedMetadata => ({
  namespace: 'shop',
  name,
  resourceVersion,
  recordOf,
});

function anIndex() {
  const changed: string[] = [];
  const index = versionIndex(
    (key) => changed.push(key),
    async () => {},
  );
  return { index, reported: () => changed.splice(0) };
}

t.test('a version that was seen already is no change', async (t) => {
  const { index, reported } = anIndex();
  index.markSeen('shop/app', '7');
  await index.replaced([aHead('app', '7'), aHead('other', '3')]);
  t.same(reported(), ['shop/other']);
  index.changed(aHead('app', '7'));
  t.same(reported(), []);
  index.changed(aHead('app', '8'));
  t.same(reported(), ['shop/app']);
});

t.test('a Secret that was reported and not read stays changed', async (t) => {
  const { index, reported } = anIndex();
  await index.replaced([aHead('app', '7')]);
  await index.replaced([aHead('app', '7')]);
  t.same(reported(), ['shop/app', 'shop/app']);
});

t.test('a deleted Secret is a change, whether the watch or a new list shows it', async (t) => {
  const { index, reported } = anIndex();
  index.markSeen('shop/a', '1');
  index.markSeen('shop/b', '2');
  await index.replaced([aHead('a', '1')]);
  t.same(reported(), ['shop/b']);
  index.removed(aHead('a', '1'));
  t.same(reported(), ['shop/a']);
  t.equal(index.size(), 0);
});

t.test('a change of a record is a change of its Secret', async (t) => {
  const { index, reported } = anIndex();
  await index.replaced([aHead('lockstep-record-app', '9', 'app')]);
  index.changed(aHead('lockstep-record-app', '10', 'app'));
  index.removed(aHead('lockstep-record-app', '11', 'app'));
  t.same(reported(), ['shop/app', 'shop/app', 'shop/app']);
});

t.test('a key converts to a reference and back', async (t) => {
  const place = { namespace: 'shop', name: 'app.v1' };
  t.same(refOf(keyOf(place)), place);
});

t.test('a write of this process is no change, even if the watch reports it before the answer', async (t) => {
  const { index, reported } = anIndex();
  const write = (before: string, version: string) =>
    index.trackWrite('shop/app', async () => {
      index.changed(aHead('app', before));
      return version;
    });
  t.equal(await write('8', '8'), '8');
  index.changed(aHead('app', '8'));
  t.same(reported(), []);
  index.changed(aHead('app', '7'));
  t.same(reported(), [], 'nor what was before it');
  await write('8', '9');
  t.same(reported(), [], 'nor a write of before that is told late');
  await write('11', '10');
  t.same(reported(), ['shop/app'], 'but what somebody else has written is');
  const failing = index.trackWrite('shop/app', async () => {
    index.changed(aHead('app', '12'));
    throw new Error('it is no longer what was read');
  });
  await t.rejects(failing);
  t.same(reported(), ['shop/app']);
});
