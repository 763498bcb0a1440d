import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { checkProse, readList, UNCONVERTED } from './prose/check.ts';

/**
 * The rules of docs/contribute/writing.md, as far as a program can check them.
 *
 * `--write` updates the list of unconverted files. It follows files that were renamed since the list was last
 * committed, and removes files that are clean or gone. It never adds a file.
 */
const root = dirname(import.meta.dirname);
const isWriting = process.argv.includes('--write');
if (isWriting) await followRenames();

const { breaches, obsolete, unconverted } = await checkProse(root);
if (isWriting) await writeList(unconverted);
const faults = breaches.map(({ file, line, message }) => `${file}:${line}: ${message}`);
if (!isWriting && obsolete.length > 0)
  faults.push(
    ...obsolete.map((file) => `${file} is clean or gone, and still listed in ${UNCONVERTED}`),
    'Run `npm run check:prose -- --write` to update the list.',
  );
for (const fault of faults) console.log(fault);
console.log(`prose: ${breaches.length} breaches, ${unconverted.length} files not yet converted`);
process.exitCode = faults.length === 0 ? 0 : 1;

async function followRenames(): Promise<void> {
  const { stdout: commit } = await execa('git', ['log', '-1', '--format=%H', '--', UNCONVERTED], {
    cwd: root,
  });
  const args = ['diff', '--find-renames', '--name-status', '--diff-filter=R', commit];
  const { stdout } = await execa('git', args, { cwd: root });
  const renames = stdout.split('\n').map((line) => line.split('\t'));
  const names = new Map(renames.map(([, from = '', to = '']) => [from, to]));
  await writeList((await readList(root)).map((file) => names.get(file) ?? file));
}

async function writeList(files: readonly string[]): Promise<void> {
  await writeFile(
    join(root, UNCONVERTED),
    [...files]
      .sort()
      .map((file) => `${file}\n`)
      .join(''),
  );
}
