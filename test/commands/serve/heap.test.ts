import { execa } from 'execa';
import t from 'tap';

const MODULE = new URL('../../../src/commands/serve/heap.ts', import.meta.url).href;

/** Prints the size in KB after many objects survived, then after a pause, then after many more. */
const PROGRAM = `
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { limitHeap, newSpaceLimit } from ${JSON.stringify(MODULE)};
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const print = () => {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  console.log(Math.round((young.space_used_size + young.space_available_size) / 2 ** 10));
};
if (process.env.LIMITED) limitHeap();
const afterReview = process.env.LIMITED ? newSpaceLimit() : () => {};
const work = () => {
  let live = [];
  for (let review = 0; review < 30_000; review += 1) {
    if (live.length >= 5_000) live = [];
    for (let number = 0; number < 100; number += 1) live.push({ number });
    afterReview();
  }
};
work();
print();
// V8 does the same while nothing comes.
collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
print();
work();
print();
`;

async function sizes(env: Record<string, string>, ...options: string[]): Promise<readonly number[]> {
  const { stdout } = await execa(process.execPath, [...options, '--input-type=module', '-e', PROGRAM], {
    env,
  });
  return stdout.split('\n').map(Number);
}

t.test('V8 lets the space for new objects grow while objects survive', async (t) => {
  const [worked] = await sizes({});
  t.ok((worked ?? 0) > 4096, `${worked} KB`);
});

t.test('newSpaceLimit lets the space grow to 4 MB, and again after a pause', async (t) => {
  const [worked = 0, paused = 0, again = 0] = await sizes({ LIMITED: 'yes' });
  t.ok(worked > 3000 && worked < 8192, `${worked} KB`);
  t.ok(paused < worked, `${paused} KB`);
  t.ok(again > 3000 && again < 8192, `${again} KB`);
});

t.test('newSpaceLimit bears an option of Node that permits less', async (t) => {
  t.equal((await sizes({ LIMITED: 'yes' }, '--max-semi-space-size=1')).length, 3);
});

t.test('Node knows each flag', async (t) => {
  const program = `
import { limitHeap, soonerOptimization } from ${JSON.stringify(MODULE)};
limitHeap();
soonerOptimization()();
`;
  const { stderr } = await execa(process.execPath, ['--input-type=module', '-e', program]);
  t.equal(stderr, '');
});
