import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ROOT, readPage } from '../helpers/pages/pages.ts';

const page = await readPage('docs/reference/labels-and-annotations.md');

const API_VERSION = 'lockstep.dev/v1alpha1';
/** A placeholder in the text of a page, such as `lockstep.dev/…`, is no name. */
const NAME = /(?<![\w.-])lockstep\.dev\/[a-z][\w.-]*\w/g;

for (const folder of ['src', 'manifests', 'docs', 'scripts']) {
  t.test(`the page has each label and annotation of lockstep.dev that ${folder} names`, async (t) => {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    const names = new Set(
      files
        .filter((file) => /\.(ts|ya?ml|json|md|html|svg)$/.test(file))
        .flatMap((file) => readFileSync(join(ROOT, folder, file), 'utf8').match(NAME) ?? [])
        .filter((name) => name !== API_VERSION),
    );
    t.ok(names.size > 0, `${names.size} names`);
    for (const name of names) t.ok(page.includes(`| \`${name}\` |`), name);
  });
}
