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

t.test('each page and heading that a message, a comment or a manifest names exists', async (t) => {
  const mentions = new Map<string, string>();
  for await (const file of glob(SOURCES, { cwd: ROOT }))
    for (const [mention] of (await readFile(join(ROOT, file), 'utf8')).matchAll(MENTION))
      mentions.set(mention, file);
  t.ok(mentions.size > 40, `${mentions.size} mentions`);
  for (const [mention, file] of mentions) {
    const [page = '', anchor] = mention.split('#');
    if (!t.ok(existsSync(join(ROOT, page)), `${file}: ${mention}`) || anchor === undefined) continue;
    t.ok(anchorsOf(await readFile(join(ROOT, page), 'utf8')).includes(anchor), `${file}: ${mention}`);
  }
});
