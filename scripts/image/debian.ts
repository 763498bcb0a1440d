import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** A file of the base image, and where it is in the final one. */
export interface LibraryFile {
  /** As the loader asks for it: `/lib/x86_64-linux-gnu/libm.so.6`. */
  readonly path: string;
  readonly debianPackage: string;
}

const run = (file: string, ...args: string[]): string =>
  execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** The loader and every shared library that the program loads, on any architecture. */
export function librariesOf(program: string): LibraryFile[] {
  return pathsIn(run('ldd', program)).map((path) => ({ path, debianPackage: packageOf(path) }));
}

/**
 * From lines such as `libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x7f…)` and `/lib64/ld-linux-x86-64.so.2
 * (0x7f…)`.
 */
function pathsIn(ldd: string): string[] {
  const words = ldd.split('\n').map((line) => line.trim().split(' '));
  return words
    .map((line) => (line[1] === '=>' ? line[2] : line[0]))
    .filter((path): path is string => path?.startsWith('/') === true);
}

/** dpkg knows a file by the path in the package, with or without `/usr`. */
function packageOf(path: string): string {
  const real = realpathSync(path);
  const places = [path, real, real.replace(/^\/usr\//, '/')].map(
    (each) => `${dirname(each)}/${basename(each)}`,
  );
  for (const place of places) {
    try {
      return run('dpkg-query', '--search', place).split(': ', 1)[0] ?? '';
    } catch {
      // The next spelling.
    }
  }
  throw new Error(`no Debian package has ${path}`);
}

/** The entry of the package in dpkg's status file. Scanners read it. */
export const statusOf = (debianPackage: string): string => run('dpkg-query', '--status', debianPackage);

/** One field of such an entry. */
export const fieldOf = (status: string, name: string): string =>
  status
    .split('\n')
    .find((line) => line.startsWith(`${name}: `))
    ?.slice(name.length + 2) ?? '';
