import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import t from 'tap';
import { run } from '../src/commands/program.ts';
import { ROOT } from './helpers/cluster/lockstep.ts';
import { aShell } from './helpers/commands/commands.ts';

const CASES = join(ROOT, 'test', 'policies');

t.test(
  'the cases of the built-in policies are as they say: lockstep policy test test/policies',
  async (t) => {
    const shell = aShell();
    const exitCode = await run(['policy', 'test', CASES], shell);
    t.equal(exitCode, 0, `${shell.printed.stdout}${shell.printed.stderr}`);
  },
);

t.test('every built-in policy has cases', async (t) => {
  for (const file of await readdir(join(ROOT, 'manifests', 'policies')))
    t.ok(existsSync(join(CASES, `${basename(file, '.yaml')}.test.yaml`)), file);
});
