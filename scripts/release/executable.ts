import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import process from 'node:process';
import { writeManPages } from './cli-package.ts';
import { NODE_VERSION, ROOT, VERSION } from './project.ts';
import { packFolder } from './tarball.ts';

/** A machine that has an executable. Node's own names: krew.ts has those of Go. */
export interface Target {
  readonly arch: 'x64' | 'arm64';
  /** The digest of Node's package `node-linux-ARCH` in the registry, as `npm view PACKAGE dist.integrity` prints it. */
  readonly integrity: string;
}

/**
 * Only Linux: macOS starts no executable without a valid signature, and nobody has run one on Windows.
 * https://nodejs.org/api/single-executable-applications.html
 */
export const TARGETS: readonly Target[] = [
  {
    arch: 'x64',
    integrity:
      'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
  },
  {
    arch: 'arm64',
    integrity:
      'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
  },
];

/** The one folder in the archive of an executable. */
export const executableFolder = ({ arch }: Pick<Target, 'arch'>): string =>
  `lockstep-${VERSION}-linux-${arch}`;
export const executableArchive = (target: Pick<Target, 'arch'>): string =>
  `${executableFolder(target)}.tar.gz`;

/** Packs Node and the CLI as one file, with its licences, into `folder`. `work` is a folder for its parts. */
export async function packExecutable(target: Target, folder: string, work: string): Promise<void> {
  requireOwnVersion();
  const node = nodeOf(target);
  const name = executableFolder(target);
  const content = join(work, name);
  mkdirSync(content);
  buildExecutable(join(node, 'node'), join(content, 'lockstep'), filesFor(target), work);
  cpSync(join(ROOT, 'LICENSE'), join(content, 'LICENSE'));
  cpSync(join(ROOT, 'dist', 'licenses.txt'), join(content, 'licenses.txt'));
  cpSync(join(node, 'LICENSE'), join(content, 'LICENSE-node'));
  writeManPages(join(content, 'man'));
  await packFolder(work, name, join(folder, executableArchive(target)));
}

/** Node builds an executable only from its own version. */
function requireOwnVersion(): void {
  if (process.versions.node !== NODE_VERSION)
    throw new Error(`the executables need Node ${NODE_VERSION}, and this is ${process.versions.node}`);
}

/**
 * The files of the installation by their names in it: the program finds them under its own folder, as in an npm
 * package. A code cache of V8 is for one kind of machine.
 *
 * @internal Exported for tests.
 */
export function filesFor({ arch }: Pick<Target, 'arch'>): Readonly<Record<string, string>> {
  const isOfOtherMachine = (name: string): boolean =>
    name.endsWith('.bin') && name.startsWith('program.') && !name.endsWith(`-linux-${arch}.bin`);
  const files = ['dist', 'manifests/policies', 'manifests/samples'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !isOfOtherMachine(entry.name))
      .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name))),
  );
  return Object.fromEntries([...files, 'package.json'].sort().map((name) => [name, join(ROOT, name)]));
}

function buildExecutable(
  node: string,
  output: string,
  assets: Readonly<Record<string, string>>,
  work: string,
): void {
  // The executable holds this name, so it has no folder. The program is that of the npm package.
  const main = 'executable.cjs';
  const config = join(work, 'executable.json');
  writeFileSync(join(work, main), "require('./dist/lockstep.js');\n");
  const isQuiet = { disableExperimentalSEAWarning: true };
  writeFileSync(config, JSON.stringify({ main, output, executable: node, assets, useVfs: true, ...isQuiet }));
  execFileSync(process.execPath, ['--build-sea', config], {
    cwd: work,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** The folder with `node`, without symbols, and its LICENSE. Downloads Node's package once for a machine. */
function nodeOf({ arch, integrity }: Target): string {
  const name = `node-linux-${arch}@${NODE_VERSION}`;
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lockstep', 'node');
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  const partial = join(cache, `${name}.${process.pid}`);
  mkdirSync(partial, { recursive: true });
  const packed = execFileSync('npm', ['pack', '--silent', name], { cwd: partial, encoding: 'utf8' }).trim();
  const digest = createHash('sha512')
    .update(readFileSync(join(partial, packed)))
    .digest('base64');
  if (`sha512-${digest}` !== integrity)
    throw new Error(`${name} has another digest than scripts/release/executable.ts`);
  const wanted = ['package/bin/node', 'package/LICENSE'];
  execFileSync('tar', ['-xzf', packed, ...wanted], { cwd: partial });
  renameSync(join(partial, 'package', 'bin', 'node'), join(partial, 'node'));
  renameSync(join(partial, 'package', 'LICENSE'), join(partial, 'LICENSE'));
  stripSymbols(join(partial, 'node'));
  renameSync(partial, folder);
  return folder;
}

/** A third of the download, which only a debugger reads. The strip of GNU knows one architecture. */
function stripSymbols(file: string): void {
  try {
    execFileSync('llvm-strip', [file]);
  } catch (error) {
    throw new Error('llvm-strip can not be run: install the package llvm', { cause: error });
  }
}
