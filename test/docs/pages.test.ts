import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import t from 'tap';
import { SERVE_OPTIONS } from '../../src/config.ts';
import { anchorsOf, pages, ROOT, readPage as read } from '../helpers/pages.ts';

const readme = await read('README.md');

t.test('the README names every option of serve as the program does, with its variable', async (t) => {
  for (const { flags, variable } of SERVE_OPTIONS)
    t.ok(readme.includes(`\n| \`${flags}\` | \`${variable}\` |`), flags);
  t.equal(readme.split('\n').filter((line) => line.startsWith('| `--')).length, SERVE_OPTIONS.length);
});

t.test('the README names every built-in policy', async (t) => {
  for (const file of await readdir(join(ROOT, 'manifests', 'policies'))) {
    t.ok(readme.includes(`\`${basename(file, '.yaml')}\``), file);
  }
});

t.test('every npm script that a page names is one', async (t) => {
  const { scripts } = JSON.parse(await read('package.json'));
  for (const page of await pages()) {
    for (const [command, name = ''] of (await read(page)).matchAll(/npm run ([\w:]+)/g)) {
      t.ok(name in scripts, `${page}: ${command}`);
    }
  }
});

t.test('every link between the pages leads somewhere', async (t) => {
  for (const page of await pages()) {
    for (const [, target = ''] of (await read(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      t.ok(existsSync(join(ROOT, file)), `${page}: ${target}`);
      if (anchor !== undefined) t.ok(anchorsOf(await read(file)).includes(anchor), `${page}: ${target}`);
    }
  }
});
