import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { goModuleFolder, type Program, pinnedVersion } from './modules.ts';

/** Ten silent minutes look like a hang. */
const PROGRESS_EVERY_MS = 15_000;

/**
 * Builds one program with the machine's Go and puts it at `path` by a rename, so that nobody ever runs half a file.
 *
 * @throws Error, one sentence, where there is no Go or the build fails.
 */
export async function compile(program: Program, path: string, say: (line: string) => void): Promise<void> {
  const started = Date.now();
  const label = `${program.name} ${pinnedVersion(program)}`;
  const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const unfinished = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });

  const announce = () => say(`building ${label}, once for this machine${hint(program)}`);
  const ticker = setInterval(() => say(`still building ${label}: ${elapsed()}`), PROGRESS_EVERY_MS);
  try {
    const go = execa('go', ['build', '-ldflags', linkerFlags(program), '-o', unfinished, program.package], {
      cwd: goModuleFolder(program),
      stdin: 'ignore',
      env: { GOWORK: 'off', GOFLAGS: '-mod=readonly' },
    });
    go.once('spawn', announce);
    await go;
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw new Error(whyNot(label, error), { cause: error });
  } finally {
    clearInterval(ticker);
  }
  say(`built ${label} in ${elapsed()}`);
}

const LONG: readonly string[] = ['kube-apiserver', 'promtool', 'external-secrets'];
const hint = ({ name }: Program): string =>
  LONG.includes(name) ? '; about 5 minutes on two idle cores' : '';

/** Kubernetes takes its version from the linker; without it kubectl calls itself v0.0.0-master. */
function linkerFlags(program: Program): string {
  if (program.folder !== 'kubernetes') return '-s -w';
  const version = pinnedVersion(program);
  const [major, minor] = version.slice(1).split('.');
  const stamp = 'k8s.io/component-base/version';
  return `-s -w -X ${stamp}.gitVersion=${version} -X ${stamp}.gitMajor=${major} -X ${stamp}.gitMinor=${minor}`;
}

function whyNot(label: string, error: unknown): string {
  const { code, stderr } = error as { code?: string; stderr?: string };
  if (code === 'ENOENT') {
    return (
      `no ${label} here: set KUBEBUILDER_ASSETS to a folder with kube-apiserver, etcd and kubectl, ` +
      'or install Go (https://go.dev/dl), with which it is built once'
    );
  }
  const last = (stderr ?? String(error)).trim().split('\n').slice(-5).join('\n');
  return `building ${label} failed: ${last}`;
}
