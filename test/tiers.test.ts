import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { IN_TESTS } from './testbed/modules.ts';
import { APART, FAST, filesOf, OLDEST, PROGRAMS_OF, SLOW, SLOW_FOLDER, tierOf } from './tiers.ts';

const ROOT = join(import.meta.dirname, '..');

t.test('every test file is in exactly one tier, and tap knows the files of npm run test:all', async (t) => {
  const all = globSync('test/**/*.test.ts', { cwd: ROOT }).sort();
  const [fast, slow, apart] = [filesOf('fast'), filesOf('slow'), filesOf('apart')];
  t.same([...fast, ...slow, ...apart].sort(), all, 'each once');
  const { stdout } = await execa('tap', ['list'], { cwd: ROOT, localDir: ROOT, preferLocal: true });
  t.same([...fast, ...slow].sort(), stdout.split('\n').sort(), 'fast and slow are what .taprc includes');
});

t.test('every name in the lists means something', async (t) => {
  for (const path of [...FAST, ...SLOW, ...APART, ...OLDEST, SLOW_FOLDER])
    t.ok(existsSync(join(ROOT, path)), path);
  for (const file of FAST) t.ok(file.startsWith(SLOW_FOLDER), `${file} would be fast without being named`);
  for (const file of SLOW) t.notOk(file.startsWith(SLOW_FOLDER), `${file} would be slow without being named`);
  for (const file of OLDEST) t.not(tierOf(file), 'apart', `${file} runs on the newest Kubernetes too`);
  t.equal(new Set(OLDEST).size, OLDEST.length, 'each once');
});

t.test('npm run testbed builds what one of the two tiers needs', async (t) => {
  t.same(new Set(Object.values(PROGRAMS_OF).flat()), new Set(IN_TESTS));
});

t.test('a new file has a tier by its folder', async (t) => {
  t.equal(tierOf('test/engine/new.test.ts'), 'fast');
  t.equal(tierOf('test/cluster/new.test.ts'), 'slow');
  t.equal(tierOf('test/crash-matrix/new.test.ts'), 'apart');
});
