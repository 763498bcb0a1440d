import { execa } from 'execa';
import t from 'tap';

const MODULE = new URL('../../../src/commands/serve/heap.ts', import.meta.url).href;

/** Prints the size in MB, before and after many more objects survived. The space of a test's process is larger. */
const PROGRAM = `
import { getHeapSpaceStatistics } from 'node:v8';
import { sizeHeap } from ${JSON.stringify(MODULE)};
const print = () => {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  console.log(Math.round((young.space_used_size + young.space_available_size) / 2 ** 20));
};
if (process.env.SIZED) sizeHeap();
print();
let live = [];
for (let number = 0; number < 3_000_000; number += 1) {
  if (live.length === 30_000) live = [];
  live.push({ number });
}
print();
`;

async function sizes(env: Record<string, string>, ...options: string[]): Promise<readonly string[]> {
  const { stdout } = await execa(process.execPath, [...options, '--input-type=module', '-e', PROGRAM], {
    env,
  });
  return stdout.split('\n');
}

t.test('V8 lets the space for new objects grow while objects survive', async (t) => {
  const [, later] = await sizes({});
  t.ok(Number(later) > 4, `${later} MB`);
});

t.test('sizeHeap gives the space 4 MB, and keeps them', async (t) => {
  t.same(await sizes({ SIZED: 'yes' }), ['4', '4']);
});

t.test('sizeHeap ends where an option of Node permits less', async (t) => {
  // V8 may exceed the option for a moment, so only the end counts.
  t.equal((await sizes({ SIZED: 'yes' }, '--max-semi-space-size=1')).length, 2);
});
