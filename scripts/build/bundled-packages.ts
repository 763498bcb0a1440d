import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';

/** One npm package with code in the release. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
}

/** In `dist/`: the list, for the SBOM. */
export const PACKAGES_FILE = 'packages.json';
/**
 * In `dist/`: the licence text of each one, which most licences ask to pass on.
 *
 * @internal Exported for tests.
 */
export const LICENSES_FILE = 'licenses.txt';

/** Writes both files into `outdir`. A package whose code esbuild left out is in neither. */
export function writeBundledPackages(root: string, outdir: string, metafiles: readonly Metafile[]): void {
  const folders = packageFolders(metafiles);
  const packages = folders.map((folder) => packageIn(join(root, folder)));
  writeFileSync(join(outdir, PACKAGES_FILE), `${JSON.stringify(packages, null, 2)}\n`);
  writeFileSync(
    join(outdir, LICENSES_FILE),
    folders.map((folder) => licenseIn(join(root, folder))).join('\n'),
  );
}

/**
 * The folders of the packages with at least one byte in an output, relative to the repository.
 *
 * @internal Exported for tests.
 */
export function packageFolders(metafiles: readonly Metafile[]): string[] {
  const inputs = metafiles
    .flatMap(({ outputs }) => Object.values(outputs))
    .flatMap((output) => Object.entries(output.inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => folderOf(path));
  return [...new Set(inputs)].filter((folder) => folder !== undefined).sort();
}

const NODE_MODULES = 'node_modules/';

/** `node_modules/@scope/name` of `node_modules/@scope/name/lib/x.js`; the inner one if packages are nested. */
function folderOf(path: string): string | undefined {
  const at = path.lastIndexOf(NODE_MODULES);
  if (at < 0) return undefined;
  const inside = path.slice(at + NODE_MODULES.length).split('/');
  return (
    path.slice(0, at + NODE_MODULES.length) + inside.slice(0, inside[0]?.startsWith('@') ? 2 : 1).join('/')
  );
}

function packageIn(folder: string): BundledPackage {
  const { name, version } = manifestIn(folder);
  return { name, version };
}

function licenseIn(folder: string): string {
  const { name, version, license } = manifestIn(folder);
  const [file] = globSync('{LICENSE,LICENCE,license,COPYING}*', { cwd: folder }).sort();
  const text = file === undefined ? `License: ${license}\n` : readFileSync(join(folder, file), 'utf8');
  return `${'='.repeat(80)}\n${name} ${version}\n${'='.repeat(80)}\n${text.trim()}\n`;
}

/** Some packages have a further package.json without a name next to their code. */
function manifestIn(folder: string): { name: string; version: string; license: string } {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) throw new Error(`${dirname(path)} has no package.json`);
  return JSON.parse(readFileSync(path, 'utf8'));
}
