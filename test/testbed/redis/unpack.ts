import { chmodSync, existsSync, globSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';

/** Each is in the package of its name. A Debian without it has no such program here. */
const OPTIONAL = 'valkey-server';

/**
 * Unpacks redis-server from Debian's packages into `folder`, and valkey-server if this Debian has it. It installs nothing. The packages
 * are those of the day: `folder/packages.txt` lists their versions.
 *
 * @throws Error, one sentence, where there are no Debian packages.
 */
export async function unpackRedis(folder: string, say: (line: string) => void): Promise<void> {
  const unfinished = `${folder}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(join(unfinished, 'debs'), { recursive: true });
  say(`unpacking redis-server from Debian's packages, once for this machine`);
  try {
    await download('redis-server', unfinished).catch(async () => {
      await execa('apt-get', ['update']);
      await download('redis-server', unfinished);
    });
    await download(OPTIONAL, unfinished).catch(() => {});
    const debs = globSync(join(unfinished, 'debs', '*.deb')).sort();
    for (const deb of debs) await execa('dpkg', ['-x', deb, unfinished]);
    for (const name of ['redis-server', OPTIONAL]) writeProgram(unfinished, name);
    writeFileSync(join(unfinished, 'packages.txt'), debs.map((deb) => `${basename(deb)}\n`).join(''));
    rmSync(join(unfinished, 'debs'), { recursive: true });
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
    say(`unpacked ${debs.map((deb) => basename(deb, '.deb')).join(', ')}`);
  } catch (error) {
    throw new Error(whyNot(error), { cause: error });
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** The package, the tools whose program it links to, and the libraries of both that this machine lacks. */
async function download(name: string, into: string): Promise<void> {
  const tools = name.replace('-server', '-tools');
  const { stdout } = await execa('apt-cache', ['depends', '--important', name, tools]);
  const libraries = new Set([...stdout.matchAll(/Depends: (lib\S+)/g)].map(([, library]) => library!));
  const missing = [];
  for (const library of libraries) if (!(await isInstalled(library))) missing.push(library);
  await execa('apt-get', ['download', name, tools, ...missing], { cwd: join(into, 'debs') });
}

async function isInstalled(name: string): Promise<boolean> {
  const { stdout } = await execa('dpkg-query', ['-W', '-f', `\${db:Status-Status}`, name], { reject: false });
  return stdout === 'installed';
}

/** A script in the place of the program, because the program needs the unpacked libraries. */
function writeProgram(folder: string, name: string): void {
  if (!existsSync(join(folder, 'usr', 'bin', name))) return;
  const lines = [
    '#!/bin/sh',
    'here=$(dirname "$(readlink -f "$0")")',
    'export LD_LIBRARY_PATH="$(echo "$here"/usr/lib/*-linux-*)"',
    `exec "$here/usr/bin/${name}" "$@"`,
    '',
  ];
  writeFileSync(join(folder, name), lines.join('\n'));
  chmodSync(join(folder, name), 0o755);
}

function whyNot(error: unknown): string {
  const where = 'put redis-server into the folder of KUBEBUILDER_ASSETS';
  const { code, stderr } = error as { code?: string; stderr?: string };
  if (code === 'ENOENT') return `no redis-server here, and no Debian to take it from: ${where}`;
  const last = (stderr ?? String(error)).trim().split('\n').at(-1);
  return `no redis-server here, and Debian's packages can't be had (${last}): ${where}`;
}
