import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { blocksOf, pages, ROOT, readPage } from '../helpers/pages/pages.ts';

t.test('no example sets an option of Argo CD that can show the values of Secrets', async (t) => {
  let applications = 0;
  for (const page of await pages()) {
    for (const { text, line } of blocksOf(await readPage(page))) {
      if (text.includes('argoproj.io')) applications += 1;
      // CVE-2026-42880: Argo CD before 3.2.11 and 3.3.9 then returns the prediction of a dry run unmasked.
      t.notOk(text.includes('IncludeMutationWebhook'), `${page}:${line}`);
    }
  }
  t.ok(applications > 0, 'an example of an Application was read');
});

t.test('docs/tasks/argo-cd.md shows the settings that give Argo CD the health of both kinds', async (t) => {
  const settings = await readFile(join(ROOT, 'manifests', 'argo-cd', 'health.yaml'), 'utf8');
  const blocks = blocksOf(await readPage('docs/tasks/argo-cd.md'));
  t.ok(blocks.some(({ text }) => text === settings));
});
