import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const RELEASE = join(ROOT, 'dist', 'lockstep.js');

let entry: string | undefined;

/** The file that starts a local process of lockstep: the release, or the source if it is newer. */
export function entryPoint(): string {
  entry ??= isReleaseStale() ? join(ROOT, 'src', 'main.ts') : RELEASE;
  return entry;
}

/** Nothing was built yet, or something that it is built from was changed since. */
export function isReleaseStale(): boolean {
  const sources = [
    ...filesUnder(join(ROOT, 'src')),
    join(ROOT, 'scripts', 'build.ts'),
    join(ROOT, 'package-lock.json'),
  ];
  const release = changedAt(RELEASE);
  return sources.some((file) => changedAt(file) > release);
}

/** Milliseconds since 1970; 0 where there is no such file. */
const changedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
