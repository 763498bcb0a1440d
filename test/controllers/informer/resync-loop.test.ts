import t from 'tap';
import { waitForResync } from '../../../src/controllers/informer/resync-loop.ts';

/** The length of the wait. `at` gives the policies at a time in milliseconds. */
async function waited(
  at: (time: number) => unknown,
  rest: { scannedRevision?: unknown; minWait?: number } = {},
) {
  let time = 0;
  await waitForResync(
    {
      revision: () => at(time),
      scannedRevision: 'a',
      minWait: 0,
      maxWait: 60_000,
      now: () => time,
      pause: async (milliseconds) => {
        time += milliseconds;
      },
      ...rest,
    },
    new AbortController().signal,
  );
  return time;
}

t.test('waits the full interval if nothing changes', async (t) => {
  t.equal(await waited(() => 'a'), 60_000);
});

t.test('waits until changed policies have been stable for a moment', async (t) => {
  t.equal(await waited((time) => (time < 2000 ? 'a' : 'b')), 2500);
  t.equal(await waited((time) => (time < 2000 ? 'a' : Math.min(time, 5000))), 5500);
});

t.test('is due if policies changed during the last resync', async (t) => {
  t.equal(await waited(() => 'b'), 500);
});

t.test('limits the resyncs while policies change all the time', async (t) => {
  t.equal(await waited((time) => (time < 1000 ? 'a' : 'b'), { minWait: 20_000 }), 20_000);
});
