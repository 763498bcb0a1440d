import { chmodSync, copyFileSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { type Process, start } from '../helpers/cluster/lockstep.ts';
import { buildah, withContainer } from './buildah.ts';

export const IMAGE = 'localhost/lockstep:test';

/** What the image says about its start. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
}

export async function imageConfig(): Promise<ImageConfig> {
  return (await inspected()).config;
}

/** As the image names it: `arm64`. */
export async function architecture(): Promise<string> {
  return (await inspected()).architecture;
}

async function inspected(): Promise<{ readonly config: ImageConfig; readonly architecture: string }> {
  return JSON.parse(await buildah(['inspect', '--type', 'image', IMAGE])).OCIv1;
}

/** The image, started as a container engine starts it under the security context of the Deployments. */
export interface Container {
  /** A folder that the container sees as /mnt, and may write to. */
  readonly shared: string;
  /** `lockstep ARGS` */
  lockstep(args: readonly string[], env?: Readonly<Record<string, string>>): Process;
  /** Another program, or Node with other arguments. */
  run(command: readonly string[], env?: Readonly<Record<string, string>>): Process;
  /** Copies a file into /mnt, readable for the user of the container. Returns its path in there. */
  share(file: string, name: string): string;
}

/** In a mount namespace of its own: the root is read-only, and nothing of it is left behind. */
const MOUNTS = `set -e
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
root=$1 shared=$2; shift 2
mount --bind "$root" "$root"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$shared" "$root/mnt"
mount -o remount,ro,bind "$root"
exec env -i "$@"`;

export async function aContainer(t: Test): Promise<Container> {
  const dir = t.testdir();
  const [root, shared] = [join(dir, 'root'), join(dir, 'shared')];
  await withContainer(IMAGE, async (files) => cpSync(files, root, { recursive: true }));
  for (const folder of ['proc', 'dev', 'mnt']) mkdirSync(join(root, folder));
  mkdirSync(shared);
  chmodSync(shared, 0o777);
  // What an engine mounts: without it no name can be looked up.
  for (const file of ['hosts', 'resolv.conf']) copyFileSync(`/etc/${file}`, join(root, 'etc', file));

  const { User, Env, Entrypoint } = await imageConfig();
  const inNamespace = (command: readonly string[], env: Readonly<Record<string, string>>) => [
    ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c', MOUNTS, 'sh', root, shared],
    ...Env,
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...['chroot', `--userspec=${User}`, root],
    ...command,
  ];
  const run: Container['run'] = (command, env = {}) => {
    const [file = '', ...args] = inNamespace(command, env);
    return start(t, { file, args });
  };
  return {
    shared,
    run,
    lockstep: (args, env) => run([...Entrypoint, ...args], env),
    share: (file, name) => {
      copyFileSync(file, join(shared, name));
      chmodSync(join(shared, name), 0o644);
      return `/mnt/${name}`;
    },
  };
}
