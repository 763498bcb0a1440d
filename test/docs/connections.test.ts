import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { ROOT } from '../helpers/cluster/lockstep.ts';
import { builtins } from '../helpers/engine/engine.ts';

const page = await readFile(join(ROOT, 'docs', 'reference', 'connections.md'), 'utf8');

t.test('docs/reference/connections.md names every key of the policies for servers', async (t) => {
  const policies = builtins.filter(({ name }) => /^(?:mysql|redis|mongodb|amqp|sqlserver|smtp)-/.test(name));
  t.equal(policies.length, 6);
  for (const { name, keys } of policies) {
    const row = page.split('\n').find((line) => line.startsWith(`| [\`${name}\`]`)) ?? '';
    const missing = keys.map((key) => key.name).filter((key) => !row.includes(`\`${key}\``));
    t.same(missing, [], name);
  }
});
