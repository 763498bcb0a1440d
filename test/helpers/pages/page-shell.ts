import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { Test } from 'tap';
import { findBinaries } from '../../testbed/binaries.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { type Block, ROOT, trimmed, turnsOf } from './pages.ts';

/** Runs the commands of one page, such as in a clone with kubectl, helm and lockstep on the PATH. */
export interface PageShell {
  readonly dir: string;
  readonly run: (script: string) => Promise<ShellResult>;
}

export interface ShellResult {
  readonly exitCode: number | undefined;
  /** Both streams, as they came. */
  readonly output: string;
}

/** A page may change manifests/, which is a copy; the rest of the clone is this one. */
const SHARED = ['README.md', 'docs', 'dist', 'src', 'scripts', 'test', 'package.json', 'node_modules'];

/** In the folder `dir`, which is made, and with that kubeconfig. */
export async function aPageShell(dir: string, kubeconfig: string): Promise<PageShell> {
  const binaries = findBinaries(['kubectl', 'helm']);
  const bin = join(dir, '.bin');
  mkdirSync(bin, { recursive: true });
  for (const each of SHARED) symlinkSync(join(ROOT, each), join(dir, each));
  cpSync(join(ROOT, 'manifests'), join(dir, 'manifests'), { recursive: true });
  for (const [name, path] of Object.entries(binaries)) symlinkSync(path, join(bin, name));
  writeFileSync(join(bin, 'lockstep'), `#!/bin/sh\nexec "${process.execPath}" "${entryPoint()}" "$@"\n`);
  chmodSync(join(bin, 'lockstep'), 0o755);

  return shellIn(dir, {
    PATH: [bin, dirname(process.execPath), process.env.PATH].join(':'),
    HOME: dir,
    KUBECONFIG: kubeconfig,
  });
}

/** A shell in that folder, with no other variables. */
export function shellIn(dir: string, env: Readonly<Record<string, string>>): PageShell {
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

/** Does what the block and its comments say, and checks what comes of it. */
export async function runBlock(t: Test, shell: PageShell, { language, text, markers }: Block): Promise<void> {
  const before = markers.get('before');
  if (before !== undefined) await mustRun(t, shell, before);
  const file = markers.get('file');
  if (file !== undefined) writeFileSync(join(shell.dir, file), text);
  const refused = markers.get('refused');
  if (language === 'console') await playConsole(t, shell, turnsOf({ text }));
  else if (language === 'sh' && refused !== undefined) await mustBeRefused(t, shell, text, refused);
  else if (language === 'sh') await mustRun(t, shell, text);
}

async function mustRun(t: Test, shell: PageShell, script: string): Promise<void> {
  const { exitCode, output } = await shell.run(script);
  t.equal(exitCode, 0, output);
}

async function mustBeRefused(t: Test, shell: PageShell, script: string, words: string): Promise<void> {
  const { exitCode, output } = await shell.run(script);
  t.not(exitCode, 0);
  t.ok(output.includes(words), output);
}

/** The output must be the one that the page shows. */
async function playConsole(t: Test, shell: PageShell, turns: ReturnType<typeof turnsOf>): Promise<void> {
  for (const { command, output } of turns) {
    t.equal(trimmed((await shell.run(command)).output), output, command);
  }
}
