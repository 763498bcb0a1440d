import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import t from 'tap';
import { anchorsOf, pages, ROOT, readPage as read } from '../helpers/pages/pages.ts';

t.test('docs/concepts/policies.md names every built-in policy', async (t) => {
  const page = await read('docs/concepts/policies.md');
  for (const file of await readdir(join(ROOT, 'manifests', 'policies'))) {
    t.ok(page.includes(`\`${basename(file, '.yaml')}\``), file);
  }
});

t.test('docs/README.md leads to every page', async (t) => {
  const index = await read('docs/README.md');
  const links = new Set(
    [...index.matchAll(/\]\(([^)#]+)\)/g)].map(([, target = '']) => join('docs', target)),
  );
  const below = (await pages()).filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
  t.same(
    below.filter((page) => !links.has(page)),
    [],
  );
});

t.test('every npm script that a page names is one', async (t) => {
  const { scripts } = JSON.parse(await read('package.json'));
  for (const page of await pages()) {
    for (const [command, name = ''] of (await read(page)).matchAll(/npm run ([\w:-]*\w)/g)) {
      t.ok(name in scripts, `${page}: ${command}`);
    }
  }
});

/** The README of the chart is shown outside of a clone. Its links name the repository. */
const REPOSITORY = 'https://github.com/lockstep-dev/lockstep/blob/main/';

t.test('every link between the pages leads somewhere', async (t) => {
  for (const page of await pages()) {
    for (const [, target = ''] of (await read(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      const isInRepository = target.startsWith(REPOSITORY);
      if (!isInRepository && /^https?:/.test(target)) continue;
      const [path = '', anchor] = target.replace(REPOSITORY, '').split('#');
      const file = path === '' ? page : join(isInRepository ? '' : dirname(page), path);
      t.ok(existsSync(join(ROOT, file)), `${page}: ${target}`);
      if (anchor !== undefined) t.ok(anchorsOf(await read(file)).includes(anchor), `${page}: ${target}`);
    }
  }
});
