import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

t.test('each scenario that a page names is one that a test has', async (t) => {
  let scenarios = 0;
  for (const page of await pages()) {
    // An example of this convention is code.
    const text = (await readPage(page)).replaceAll(/`[^`\n]*`/g, '');
    const named = new Set([...text.matchAll(/\[(G\d+)\](?!:)/g)].map(([, name = '']) => name));
    const links = new Map(
      [...text.matchAll(/^\[(G\d+)\]: (\S+)$/gm)].map(([, name = '', file = '']) => [name, file]),
    );
    t.same([...named].sort(), [...links.keys()].sort(), `${page}: each scenario has its link`);
    for (const [name, file] of links) {
      scenarios += 1;
      const source = await readFile(join(ROOT, dirname(page), file), 'utf8').catch(() => '');
      t.match(source, new RegExp(`test\\(\\s*['"\`]${name}\\b`), `${page}: ${file} has a test ${name}`);
    }
  }
  t.ok(scenarios > 0, 'a scenario was read');
});
