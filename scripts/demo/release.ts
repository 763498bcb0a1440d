import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/** Builds dist/ where it is missing, or older than something that it is built from. Says so before. */
export async function buildIfStale(root: string, say: (line: string) => void): Promise<void> {
  const release = changedAt(join(root, 'dist', 'lockstep.js'));
  const sources = [
    ...filesUnder(join(root, 'src')),
    join(root, 'scripts', 'build.ts'),
    join(root, 'package-lock.json'),
  ];
  if (sources.every((file) => changedAt(file) <= release)) return;
  say('Building the release into dist/.');
  await execa(process.execPath, [join(root, 'scripts', 'build.ts')], { stdio: 'inherit' });
}

/** Milliseconds since 1970; 0 where there is no such file. */
const changedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
