import { getHeapSpaceStatistics } from 'node:v8';
import { execa } from 'execa';
import t from 'tap';
import { holdYoungGeneration } from '../../../src/commands/serve/young-generation.ts';

const MB = 1024 * 1024;

const capacity = (): number => {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return (young?.space_used_size ?? 0) + (young?.space_available_size ?? 0);
};

t.test('the young generation has 4 MB, and keeps them while objects survive', (t) => {
  holdYoungGeneration();

  t.ok(capacity() > 3 * MB && capacity() <= 4 * MB);
  let live: object[] = [];
  for (let number = 0; number < 2_000_000; number += 1) {
    if (live.length === 30_000) live = [];
    live.push({ number });
  }
  t.ok(capacity() > 3 * MB && capacity() <= 4 * MB, 'V8 would have let it grow');
  t.end();
});

t.test('it ends where an option of Node permits less', async (t) => {
  const file = new URL('../../../src/commands/serve/young-generation.ts', import.meta.url);
  const code = `import(${JSON.stringify(file.href)}).then((it) => it.holdYoungGeneration())`;
  const { exitCode } = await execa(process.execPath, ['--max-semi-space-size=1', '-e', code]);
  t.equal(exitCode, 0);
});
