import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import t from 'tap';
import { run } from '../src/commands/program.ts';
import { ROOT } from './helpers/cluster/lockstep.ts';
import { aShell } from './helpers/commands/commands.ts';
import { builtins } from './helpers/engine/engine.ts';

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

t.test('both PostgreSQL policies share one list of aliases', async (t) => {
  const aliasesIn = (name: string) =>
    new Map(
      builtins.find((policy) => policy.name === name)?.keys.map(({ name, aliases }) => [name, aliases]),
    );
  const [story, credentials] = [aliasesIn('reconciliation'), aliasesIn('postgres-credentials')];
  const shared = [...credentials.keys()];
  t.ok(shared.length >= 6);
  t.same(
    shared.map((key) => [key, story.get(key)]),
    shared.map((key) => [key, credentials.get(key)]),
  );
});

t.test('the policy of the story knows three environments', async (t) => {
  const story = builtins.find(({ name }) => name === 'reconciliation');
  t.same([...(story?.environments.keys() ?? [])], ['development', 'staging', 'production']);
});
