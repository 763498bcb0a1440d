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
    const [section = ''] = page.split(`: \`${name}\`\n`)[1]?.split('\n### ') ?? [];
    const missing = keys
      .flatMap((key) => [key.name, ...key.aliases])
      .filter((key) => !section.includes(`\`${key}\``));
    t.same(missing, [], name);
  }
});
