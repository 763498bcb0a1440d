import { existsSync } from 'node:fs';
import process from 'node:process';

/** In the words of Node, and in those of Debian and of images. */
const ARCHITECTURES: Readonly<Record<string, { readonly name: string; readonly qemu: string }>> = {
  x64: { name: 'amd64', qemu: 'qemu-x86_64' },
  arm64: { name: 'arm64', qemu: 'qemu-aarch64' },
};
const node = nodeNameOf(process.env.IMAGE_ARCH) ?? process.arch;

/** The architecture of the image under test: that of this machine, unless `IMAGE_ARCH` names another one. */
export const ARCHITECTURE = { node, name: ARCHITECTURES[node]?.name ?? node };
/** The programs of the image run under the emulation of QEMU. */
export const IS_EMULATED = node !== process.arch;

/** What this machine lacks to run them, as one sentence. */
export function missingEmulation(): string | undefined {
  const { qemu = '' } = ARCHITECTURES[node] ?? {};
  if (!IS_EMULATED || existsSync(`/proc/sys/fs/binfmt_misc/${qemu}`)) return undefined;
  return `${qemu} is not registered: mount binfmt_misc at /proc/sys/fs/binfmt_misc, and run apt-get install qemu-user-static binfmt-support`;
}

function nodeNameOf(wanted: string | undefined): string | undefined {
  if (!wanted) return undefined;
  const [found] = Object.entries(ARCHITECTURES).find(([, { name }]) => name === wanted) ?? [];
  if (found === undefined) throw new Error(`IMAGE_ARCH=${wanted}: there are amd64 and arm64`);
  return found;
}
