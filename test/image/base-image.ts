import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { ARCHITECTURE, IS_EMULATED } from './architecture.ts';
import { buildah, hasImage } from './buildah.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** In Debian's minbase, and in the official image of Node, but not in both. */
const PACKAGES = ['binutils', 'ca-certificates', 'libatomic1', 'libstdc++6', 'libgcc-s1'];
const CA_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/** The image of the first FROM, under the name of Docker Hub. */
function baseImageName(dockerfile: string): string {
  const name = /^FROM (\S+) AS build$/m.exec(dockerfile)?.[1];
  if (name === undefined) throw new Error('the Dockerfile has no FROM … AS build');
  return `docker.io/library/${name}`;
}

/**
 * Puts the base image into the store: pulled, or on a machine without a way to the registry made from Debian packages,
 * this Node and the npm of the machine.
 */
export async function provideBaseImage(dockerfile: string): Promise<void> {
  const name = baseImageName(dockerfile);
  if (await hasImage(name)) return;
  const isPulled = await buildah(['pull', '--retry', '0', '--arch', ARCHITECTURE.name, name]).then(
    () => true,
    () => false,
  );
  if (isPulled) return;
  process.stderr.write(`${name} can't be pulled: it is made from Debian packages\n`);
  const scratch = await buildah(['from', 'scratch']);
  try {
    await fill(await buildah(['mount', scratch]));
    const config = [
      ...['--arch', ARCHITECTURE.name],
      ...['--env', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ];
    if (existsSync(CA_BUNDLE)) config.push('--env', `NODE_EXTRA_CA_CERTS=${CA_BUNDLE}`);
    await buildah(['config', ...config, scratch]);
    await buildah(['commit', scratch, name]);
  } finally {
    await buildah(['rm', scratch]);
  }
}

async function fill(folder: string): Promise<void> {
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable';
  const options = [`--arch=${ARCHITECTURE.name}`, '--variant=minbase', `--include=${PACKAGES.join(',')}`];
  await execa('debootstrap', [...options, suite, folder], {
    stdout: 'ignore',
    stderr: 'inherit',
    env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
  await withNode((node) => {
    cpSync(join(node, 'bin', 'node'), join(folder, 'usr/local/bin/node'));
    cpSync(join(node, 'LICENSE'), join(folder, 'usr/local/LICENSE'));
  });
  cpSync(npmFolder(), join(folder, 'usr/local/lib/node_modules/npm'), { recursive: true });
  await execa('ln', ['-s', '../lib/node_modules/npm/bin/npm-cli.js', join(folder, 'usr/local/bin/npm')]);
  // The registry may be behind a proxy whose CA only this machine knows.
  if (existsSync(CA_BUNDLE)) cpSync(CA_BUNDLE, join(folder, CA_BUNDLE));
}

/** The npm of the machine: `npm` on the PATH is a link to `npm/bin/npm-cli.js`. */
function npmFolder(): string {
  const links = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'npm'));
  const npm = links.find((path) => existsSync(path));
  if (npm === undefined) throw new Error('npm is not on the PATH');
  return dirname(dirname(realpathSync(npm)));
}

/** Calls `use` with the npm package that holds Node for that architecture, in the version of this repository. */
async function withNode(use: (folder: string) => void): Promise<void> {
  const installed = join(ROOT, 'node_modules', 'node');
  const name = `node-linux-${ARCHITECTURE.node}`;
  if (!IS_EMULATED) return use(join(installed, 'node_modules', name));
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-node-'));
  try {
    await execa('npm', ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`]);
    await execa('tar', ['-xzf', join(folder, `${name}-${version}.tgz`), '-C', folder]);
    use(join(folder, 'package'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
