import { glob, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { blocksOf, ROOT } from './pages.ts';

export interface PrintedPolicy {
  readonly at: string;
  readonly document: object;
  /** The page shows that it is refused. */
  readonly isRefused: boolean;
}

/** Every SecretPolicy in these files and folders, relative to the repository: of a page those of its code blocks. */
export async function policiesOf(paths: readonly string[]): Promise<readonly PrintedPolicy[]> {
  const found: PrintedPolicy[] = [];
  for (const at of await filesIn(paths)) {
    const text = await readFile(join(ROOT, at), 'utf8');
    const texts = at.endsWith('.md')
      ? blocksOf(text).flatMap((block) => (block.language === 'yaml' ? [block.text] : []))
      : [text];
    for (const document of texts.flatMap((one) => parseAllDocuments(one)).map((one) => one.toJS())) {
      if (document?.kind !== 'SecretPolicy') continue;
      const isRefused = text.includes(`The SecretPolicy "${document.metadata.name}" is invalid`);
      found.push({ at, document, isRefused });
    }
  }
  return found;
}

async function filesIn(paths: readonly string[]): Promise<readonly string[]> {
  const files: string[] = [];
  for (const path of paths) {
    if ((await stat(join(ROOT, path))).isFile()) files.push(path);
    else for await (const file of glob(`${path}/**/*.{md,yaml}`, { cwd: ROOT })) files.push(file);
  }
  return files;
}
