import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { findBinaries } from '../testbed/binaries.ts';
import { entryPoint } from '../testbed/release.ts';
import { ROOT } from './pages.ts';

/** Where the commands of one page are run: a clone, with kubectl, helm and lockstep on the PATH. */
export interface PageShell {
  readonly dir: string;
  readonly run: (script: string) => Promise<Ran>;
}

export interface Ran {
  readonly exitCode: number | undefined;
  /** Both streams, as they came. */
  readonly output: string;
}

/** A page may change manifests/, which is a copy; the rest of the clone is this one. */
const SHARED = ['README.md', 'docs', 'dist', 'src', 'scripts', 'test', 'package.json', 'node_modules'];

/** In the folder `dir`, which is made, and with that kubeconfig. */
export async function aPageShell(dir: string, kubeconfig: string): Promise<PageShell> {
  const binaries = await findBinaries(['kubectl', 'helm']);
  const bin = join(dir, '.bin');
  mkdirSync(bin, { recursive: true });
  for (const each of SHARED) symlinkSync(join(ROOT, each), join(dir, each));
  cpSync(join(ROOT, 'manifests'), join(dir, 'manifests'), { recursive: true });
  for (const [name, path] of Object.entries(binaries)) symlinkSync(path, join(bin, name));
  writeFileSync(join(bin, 'lockstep'), `#!/bin/sh\nexec "${process.execPath}" "${entryPoint()}" "$@"\n`);
  chmodSync(join(bin, 'lockstep'), 0o755);

  const env = {
    PATH: [bin, dirname(process.execPath), process.env.PATH].join(':'),
    HOME: dir,
    KUBECONFIG: kubeconfig,
  };
  return {
    dir,
    run: async (script) => {
      const { exitCode, all } = await execa('bash', ['-euo', 'pipefail', '-c', script], {
        cwd: dir,
        all: true,
        reject: false,
        stdin: 'ignore',
        extendEnv: false,
        env,
      });
      return { exitCode, output: all };
    },
  };
}
