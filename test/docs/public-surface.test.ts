import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { publicSurfacePage } from '../../scripts/reference/public-surface.ts';
import { ROOT, readPage } from '../helpers/pages/pages.ts';

const page = await readPage('docs/reference/public-surface.md');
const pages = page + (await readPage('docs/reference/cli.md'));

t.test('docs/reference/public-surface.md lists what the code has: npm run docs', async (t) => {
  t.equal(page, publicSurfacePage());
});

/** Names in the text of a folder, from the group of each match. */
function namesIn(folder: string, name: RegExp): ReadonlySet<string> {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return new Set(
    files
      .filter((file) => /\.(ts|ya?ml|json)$/.test(file))
      .flatMap((file) => readFileSync(join(ROOT, folder, file), 'utf8').match(name) ?? []),
  );
}

for (const folder of ['src', 'manifests']) {
  t.test(
    `the page, or that of the command line, has each variable and error code that ${folder} names`,
    async (t) => {
      const names = [...namesIn(folder, /\bLOCKSTEP_[A-Z_]*[A-Z]/g)];
      t.ok(names.length > 3, `${names.length} names`);
      for (const name of names) t.ok(pages.includes(`\`${name}\``), name);
    },
  );
}

t.test('the page has each metric that a rule or the dashboard asks for', async (t) => {
  const names = namesIn('manifests/monitoring', /\blockstep_[a-z_]*[a-z]/g);
  const known = (name: string): boolean =>
    page.includes(`\`${name.replace(/_(?:bucket|sum|count)$/, '')}\``) || page.includes(`\`${name}\``);
  for (const name of names) t.ok(known(name) || /^lockstep_(?:process|nodejs)_/.test(name), name);
});
