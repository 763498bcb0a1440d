import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { ARCHITECTURE, IS_EMULATED, missingEmulation } from './architecture.ts';

/** Images of this test only: a base image made here must never stand in for a real one elsewhere on the machine. */
const STORE = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'lockstep',
  IS_EMULATED ? `image-${ARCHITECTURE.name}` : 'image',
);
const NEEDED = ['buildah', 'debootstrap', 'unshare', 'mount', 'chroot'];

/** @throws Error, one sentence that says what to install. */
export function requireTools(): void {
  const missing = NEEDED.filter((name) => !isInstalled(name));
  if (missing.length > 0) {
    throw new Error(
      `${missing.join(', ')} missing: run apt-get install buildah debootstrap util-linux coreutils, on Debian or Ubuntu`,
    );
  }
  const emulation = missingEmulation();
  if (emulation !== undefined) throw new Error(emulation);
  if (process.getuid?.() !== 0) throw new Error('the test of the image needs root, for chroot and mount');
}

const isInstalled = (name: string): boolean =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** Runs buildah on the store of this test. Resolves with its standard output. */
export async function buildah(args: readonly string[], cwd?: string): Promise<string> {
  mkdirSync(STORE, { recursive: true });
  const { stdout } = await execa(
    'buildah',
    ['--root', join(STORE, 'storage'), '--runroot', join(STORE, 'run'), ...args],
    { env: { BUILDAH_ISOLATION: 'chroot' }, stderr: 'inherit', stdin: 'ignore', ...(cwd ? { cwd } : {}) },
  );
  return stdout;
}

/** Whether the store has that image. */
export async function hasImage(name: string): Promise<boolean> {
  const images: readonly { readonly names?: readonly string[] }[] = JSON.parse(
    (await buildah(['images', '--json'])) || '[]',
  );
  return images.some(({ names }) => names?.includes(name));
}

/** Calls `use` with the folder that holds a new container's files, and removes the container afterwards. */
export async function withContainer<T>(
  image: string,
  use: (files: string, container: string) => Promise<T>,
): Promise<T> {
  const container = await buildah(['from', '--pull-never', image]);
  try {
    return await use(await buildah(['mount', container]), container);
  } finally {
    await buildah(['rm', container]);
  }
}
