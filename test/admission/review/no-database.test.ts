import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t from 'tap';
import { ROOT } from '../../helpers/pages/pages.ts';

const IMPORT = /\b(?:from|import) '(\.[^']+\.ts)'|\bimport\('(\.[^']+\.ts)'\)/g;

/** All files that a file imports, at once or later, and the file itself. */
async function loadedBy(file: string, seen = new Set<string>()): Promise<ReadonlySet<string>> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = await readFile(join(ROOT, file), 'utf8');
  for (const [, now, later] of text.matchAll(IMPORT))
    await loadedBy(join(dirname(file), (now ?? later)!), seen);
  return seen;
}

t.test('loads no database client for the webhook, so no review waits for a database', async (t) => {
  const serving = await loadedBy('src/commands/serve/serve.ts');
  t.ok(serving.has('src/admission/review/webhook.ts'), 'the walk sees what it should');
  t.same(
    [...serving].filter((file) => file.startsWith('src/postgres/')),
    [],
  );
  const checking = await loadedBy('src/commands/check/command.ts');
  t.ok(checking.has('src/postgres/protocol/login.ts'), 'it would see one');
});
