import t from 'tap';
import { statusWriter } from '../../../src/controllers/policy/status-writer.ts';

/** Objects with a desired and a stored status. The writer sleeps no longer than a turn of the event loop. */
function aWorld() {
  const wanted = new Map<string, string>();
  const stored = new Map<string, string>();
  const writes: string[] = [];
  const sleeps: number[] = [];
  const reported: string[] = [];
  const world = { fails: undefined as Error | undefined, isBroken: false };
  const stop = new AbortController();
  const writer = statusWriter(
    {
      desired: () =>
        [...wanted].map(([name, gist]) => {
          if (world.isBroken) throw new Error('broken');
          const write = async (): Promise<void> => {
            if (world.fails !== undefined) throw world.fails;
            writes.push(`${name} ${gist}`);
            stored.set(name, gist);
          };
          return { name, isStored: stored.get(name) === gist, content: gist, write };
        }),
      isConflict: (error) => error instanceof Error && error.message === 'conflict',
      onError: (error) => reported.push(error instanceof Error ? error.message : 'works'),
      random: () => 0,
      sleep: async (milliseconds) => {
        sleeps.push(milliseconds);
        await new Promise((resolve) => setImmediate(resolve));
      },
    },
    stop.signal,
  );
  return { wanted, stored, writes, sleeps, reported, world, writer, stop };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

t.test('a burst of changes is one round of writes', async (t) => {
  const { wanted, writes, sleeps, writer } = aWorld();
  wanted.set('a', '1').set('b', '1');
  for (let n = 0; n < 5; n += 1) writer.wake();
  await settled();
  t.strictSame(writes, ['a 1', 'b 1']);
  t.strictSame(sleeps, [200]);
});

t.test('a status that another replica reverts is not written again until its content changes', async (t) => {
  const { wanted, stored, writes, writer } = aWorld();
  wanted.set('a', '1');
  writer.wake();
  await settled();
  stored.set('a', 'as the other says it');
  writer.wake();
  await settled();
  t.strictSame(writes, ['a 1']);
  wanted.set('a', '2');
  writer.wake();
  await settled();
  t.strictSame(writes, ['a 1', 'a 2']);
});

t.test(
  'the status writer retries with backoff, and reports the first failure and the first success',
  async (t) => {
    const { wanted, writes, sleeps, reported, world, writer, stop } = aWorld();
    world.fails = new Error('forbidden');
    wanted.set('a', '1');
    writer.wake();
    for (let n = 0; n < 10 && sleeps.length < 9; n += 1) await settled();
    t.strictSame(sleeps.slice(0, 9), [200, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000]);
    t.strictSame(reported, ['forbidden']);
    world.fails = undefined;
    await settled();
    t.strictSame(writes, ['a 1']);
    t.strictSame(reported, ['forbidden', 'works']);
    stop.abort();
  },
);

t.test('after a conflict the change of the other client wakes the status writer', async (t) => {
  const { wanted, writes, sleeps, reported, world, writer } = aWorld();
  world.fails = new Error('conflict');
  wanted.set('a', '1');
  writer.wake();
  await settled();
  t.equal(sleeps.length, 1);
  world.fails = undefined;
  writer.wake();
  await settled();
  t.strictSame(writes, ['a 1']);
  t.strictSame(reported, []);
});

t.test('a deleted object is forgotten, and a new one of its name gets its status', async (t) => {
  const { wanted, stored, writes, writer } = aWorld();
  const wake = async (): Promise<void> => {
    writer.wake();
    await settled();
  };
  wanted.set('a', '1');
  await wake();
  wanted.delete('a');
  stored.delete('a');
  await wake();
  wanted.set('a', '1');
  await wake();
  t.strictSame(writes, ['a 1', 'a 1']);
});

t.test('the status writer retries if the desired statuses can not be computed', async (t) => {
  const { wanted, writes, reported, world, writer } = aWorld();
  world.isBroken = true;
  wanted.set('a', '1');
  writer.wake();
  await settled();
  world.isBroken = false;
  await settled();
  t.strictSame(writes, ['a 1']);
  t.strictSame(reported, ['broken', 'works']);
});

t.test('the signal ends the status writer', async (t) => {
  const { wanted, writes, writer, stop } = aWorld();
  wanted.set('a', '1');
  writer.wake();
  stop.abort();
  await settled();
  t.strictSame(writes, []);
});
