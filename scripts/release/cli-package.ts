import { cpSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { manPages } from '../man/man-pages.ts';
import { PACKAGE, ROOT, VERSION } from './project.ts';
import { packFolder } from './tarball.ts';

/** The files of the CLI, relative to the repository. The bundle needs no other package. */
const FILES = ['dist', 'manifests/policies', 'manifests/samples', 'LICENSE', 'README.md', 'CHANGELOG.md'];

/** @internal Exported for tests. */
export const NPM_PACKAGE = `lockstep-${VERSION}-npm.tgz`;
export const TARBALL = `lockstep-${VERSION}.tar.gz`;
/** The one folder in the tarball. */
export const TARBALL_FOLDER = `lockstep-${VERSION}`;

/**
 * The package.json of the npm package: without the parts for development, and without dependencies.
 *
 * @internal Exported for tests.
 */
export function publishedManifest(): object {
  const { name, version, description, license, homepage, repository, bugs, keywords, type, bin, engines } =
    PACKAGE;
  return {
    ...{ name, version, description, license, homepage, repository, bugs, keywords, type, bin, engines },
    files: ['dist', 'man', 'manifests', 'CHANGELOG.md'],
    man: [...manPages().keys()].map((name) => `./man/${name}`),
  };
}

/** Writes a page for the program and each command. */
export function writeManPages(folder: string): void {
  mkdirSync(folder);
  for (const [name, page] of manPages()) writeFileSync(join(folder, name), page);
}

/** Packs the CLI twice into `folder`: for npm, and as a tarball for everything else. `work` is an empty folder. */
export async function packCli(folder: string, work: string): Promise<void> {
  const cli = join(work, TARBALL_FOLDER);
  for (const file of FILES) cpSync(join(ROOT, file), join(cli, file), { recursive: true });
  writeManPages(join(cli, 'man'));
  writeFileSync(join(cli, 'package.json'), `${JSON.stringify(publishedManifest(), null, 2)}\n`);

  const packed = join(work, 'npm');
  mkdirSync(packed);
  const args = ['pack', '--json', '--pack-destination', packed];
  const [{ filename }] = JSON.parse((await execa('npm', args, { cwd: cli, stderr: 'ignore' })).stdout);
  renameSync(join(packed, filename), join(folder, NPM_PACKAGE));

  await packFolder(work, TARBALL_FOLDER, join(folder, TARBALL));
}
