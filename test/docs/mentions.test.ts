import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { anchorsOf, ROOT } from '../helpers/pages/pages.ts';

const SOURCES = [
  'src/**/*.{ts,html}',
  'scripts/**/*.ts',
  'manifests/**/*.{yaml,json}',
  'templates/*.yml',
  '*.yml',
];
const MENTION = /(?<![\w.-])(docs\/[\w/.-]+\.md)(?:#([\w-]+))?/g;
/** A message names a page by its address. */
const ADDRESS = /\bpageUrl\(['`]([\w/.-]+\.md(?:#[\w-]+)?)['`]\)/g;
const COMMENT = /^\s*(\/\/|\/?\*)/;

t.test('each page and heading that a message, a comment or a manifest names exists', async (t) => {
  const mentions = new Map<string, string>();
  for await (const file of glob(SOURCES, { cwd: ROOT })) {
    const text = await readFile(join(ROOT, file), 'utf8');
    for (const [mention] of text.matchAll(MENTION)) mentions.set(mention, file);
    for (const [, page] of text.matchAll(ADDRESS)) mentions.set(`docs/${page}`, file);
  }
  t.ok(mentions.size > 40, `${mentions.size} mentions`);
  for (const [mention, file] of mentions) {
    const [page = '', anchor] = mention.split('#');
    if (!t.ok(existsSync(join(ROOT, page)), `${file}: ${mention}`) || anchor === undefined) continue;
    t.ok(anchorsOf(await readFile(join(ROOT, page), 'utf8')).includes(anchor), `${file}: ${mention}`);
  }
});

t.test('no message names a page by its path, which an image and a package do not have', async (t) => {
  const paths: string[] = [];
  let addresses = 0;
  for await (const file of glob('src/**/*.{ts,html}', { cwd: ROOT })) {
    const text = await readFile(join(ROOT, file), 'utf8');
    addresses += [...text.matchAll(ADDRESS)].length;
    for (const line of text.split('\n'))
      if (!COMMENT.test(line) && /(?<!main\/)docs\/\w/.test(line)) paths.push(`${file}: ${line.trim()}`);
  }
  t.same(paths, []);
  t.ok(addresses > 10, String(addresses));
});
