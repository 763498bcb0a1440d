import { openSync } from 'node:fs';
import { join } from 'node:path';
import { type CheckOptions, check } from '../../../src/commands/check/check.ts';
import type { Shell } from '../../../src/commands/cli/shell.ts';
import type { TryLogin } from '../../../src/commands/login-attempts/attempts.ts';
import type { ManifestSource } from '../../../src/commands/manifests/source.ts';
import { run } from '../../../src/commands/program.ts';

/** The log of a pod, which writes to a descriptor itself. */
const NULL_FD = openSync('/dev/null', 'w');

/** A shell that remembers what was printed. */
export function aShell(
  env: Readonly<Record<string, string>> = {},
): Shell & { readonly printed: PrintedOutput } {
  const printed = { stdout: '', stderr: '' };
  const stream = (name: keyof PrintedOutput) => ({
    fd: NULL_FD,
    write: (text: string) => {
      printed[name] += text;
    },
  });
  return {
    env,
    nodeVersion: process.versions.node,
    startedAs: '',
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    stdin: new ReadableStream<Uint8Array>(),
    root: join(import.meta.dirname, '..', '..', '..'),
    cpu: () => 0,
    onSignal: () => {},
    onUncaughtError: () => {},
    printed,
  };
}

interface PrintedOutput {
  stdout: string;
  stderr: string;
}

/** One command line in this process, with all that it prints. */
export async function lockstep(
  ...args: readonly string[]
): Promise<PrintedOutput & { readonly exitCode: number }> {
  const shell = aShell();
  const exitCode = await run(args, shell);
  return { exitCode, ...shell.printed };
}

/** `lockstep check` of manifests that stand in no file. */
export async function checkOutput(
  manifests: ManifestSource,
  paths: readonly string[],
  options: Partial<CheckOptions> = {},
  tryLogin?: TryLogin,
): Promise<PrintedOutput & { readonly exitCode: number }> {
  const shell = aShell();
  const all: CheckOptions = { policy: [], builtin: true, format: 'text', ...options };
  const exitCode = await check(paths, all, manifests.read, shell, tryLogin);
  return { exitCode, ...shell.printed };
}
