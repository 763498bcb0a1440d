import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Breach, breachesIn } from './lint.ts';
import { pageLengthBreaches } from './page-length.ts';

/** Files whose prose was written before the rules. The list only shrinks. */
export const UNCONVERTED = 'scripts/prose/unconverted.txt';

const FILES = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/**/*.md',
  'src/**/*.ts',
  'scripts/**/*.ts',
  'bench/**/*.ts',
  'test/helpers/**/*.ts',
];

export interface ProseReport {
  /** The breaches of files that are not on the list. */
  readonly breaches: readonly Breach[];
  /** Listed files that have no breach any more, or that are gone. */
  readonly obsolete: readonly string[];
  readonly unconverted: readonly string[];
}

export async function checkProse(root: string): Promise<ProseReport> {
  const listed = new Set(await readList(root));
  const files = globSync(FILES, { cwd: root }).sort();
  if (files.length === 0) throw new Error(`no prose was found in ${root}`);
  const breaches: Breach[] = [];
  const unconverted: string[] = [];
  for (const file of files) {
    const text = await readFile(join(root, file), 'utf8');
    const found = await breachesIn(file, text);
    breaches.push(...pageLengthBreaches(file, text));
    if (!listed.has(file)) breaches.push(...found);
    else if (found.length > 0) unconverted.push(file);
  }
  const obsolete = [...listed].filter((file) => !unconverted.includes(file));
  return { breaches, obsolete, unconverted };
}

export async function readList(root: string): Promise<readonly string[]> {
  return (await readFile(join(root, UNCONVERTED), 'utf8')).split('\n').filter((line) => line !== '');
}
