import { execa } from 'execa';

/** Packs the folder `name` of `parent`. Order, owner and time do not depend on this machine. */
export async function packFolder(parent: string, name: string, file: string): Promise<void> {
  const neutral = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--mode=go-w'];
  await execa('tar', [...neutral, '-czf', file, '-C', parent, name]);
}
