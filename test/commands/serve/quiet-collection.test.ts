import t from 'tap';
import { collectWhenQuiet } from '../../../src/commands/serve/quiet-collection.ts';

/** A clock that stands still until a test moves it: the work that waits for it, and the number of collections. */
function quietCollection() {
  const waiting: (() => void)[] = [];
  let collections = 0;
  const afterReview = collectWhenQuiet(
    () => {
      collections += 1;
    },
    (work) => waiting.push(work),
  );
  return {
    reviews: (count: number) => {
      for (let review = 0; review < count; review += 1) afterReview();
    },
    /** Until the next look, or the end of the pause after a collection. */
    passTime: () => {
      for (const work of waiting.splice(0)) work();
    },
    isWaiting: () => waiting.length > 0,
    collections: () => collections,
  };
}

t.test('the garbage of the start is collected without a review', async (t) => {
  const process = quietCollection();
  process.passTime();
  t.equal(process.collections(), 1);
  process.passTime();
  t.notOk(process.isWaiting(), 'no timer is left');
});

t.test('the garbage of a burst is collected once, after it', async (t) => {
  const process = quietCollection();
  process.passTime();
  process.passTime();
  process.reviews(1000);
  for (let look = 0; look < 5; look += 1) {
    process.reviews(300);
    process.passTime();
  }
  t.equal(process.collections(), 1, 'not while many reviews come');
  process.reviews(299);
  process.passTime();
  t.equal(process.collections(), 2, 'a few may still come');
  process.passTime();
  t.notOk(process.isWaiting());
});

t.test('a collection is followed by a pause', async (t) => {
  const process = quietCollection();
  process.passTime();
  process.reviews(200);
  t.equal(process.collections(), 1);
  process.passTime();
  t.equal(process.collections(), 1, 'the pause ends');
  process.passTime();
  t.equal(process.collections(), 2, 'the reviews of the pause count');
});

t.test('few reviews are not worth a collection, but add up', async (t) => {
  const process = quietCollection();
  process.passTime();
  process.passTime();
  process.reviews(99);
  t.notOk(process.isWaiting());
  process.reviews(1);
  t.ok(process.isWaiting());
});

t.test('the collection of Node frees memory', async (t) => {
  let collect = (): void => {};
  collectWhenQuiet(undefined, (work) => {
    collect = work;
  });
  const garbage = new WeakRef({});
  await new Promise(setImmediate);
  collect();
  t.equal(garbage.deref(), undefined);
});
