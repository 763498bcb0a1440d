import { glob, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const ROOT = join(import.meta.dirname, '..', '..');

/** Every SecretPolicy in these files and folders, relative to the repository: of a page those of its code blocks. */
export async function policiesOf(
  paths: readonly string[],
): Promise<readonly { readonly at: string; readonly document: object }[]> {
  const found: { at: string; document: object }[] = [];
  for (const at of await filesIn(paths)) {
    const text = await readFile(join(ROOT, at), 'utf8');
    const texts = at.endsWith('.md')
      ? [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block = '']) => block)
      : [text];
    for (const document of texts.flatMap((one) => parseAllDocuments(one)).map((one) => one.toJS())) {
      if (document?.kind === 'SecretPolicy') found.push({ at, document });
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
