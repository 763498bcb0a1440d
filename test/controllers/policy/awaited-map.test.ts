import t from 'tap';
import { awaitedMap } from '../../../src/controllers/policy/awaited-map.ts';

const never = new Promise<never>(() => {});
const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
};

t.test('waiters resolve when their entry arrives, one by one or all together', async (t) => {
  const known = awaitedMap<number>();
  const [first, second, other] = [
    known.waitFor('a', never),
    known.waitFor('a', never),
    known.waitFor('b', never),
  ];
  t.equal(await isSettled(first), false);
  known.set('a', 1);
  t.equal((await isSettled(first)) && (await isSettled(second)), true);
  t.equal(await isSettled(other), false);
  known.replace(new Map([['b', 2]]));
  t.equal(await isSettled(other), true);
  t.equal(known.get('a'), undefined);
  t.equal(known.get('b'), 2);
});

t.test('a known name resolves at once, and no wait is longer than patience', async (t) => {
  const known = awaitedMap<number>();
  known.set('a', 1);
  t.equal(await isSettled(known.waitFor('a', never)), true);
  t.equal(await isSettled(known.waitFor('b', Promise.resolve())), true);
  known.delete('a');
  t.equal(await isSettled(known.waitFor('a', never)), false);
});
