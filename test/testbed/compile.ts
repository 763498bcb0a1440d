import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { goModuleFolder, type Program, pinnedToolchain, pinnedVersion } from './modules.ts';

/** Ten silent minutes look like a hang. */
const PROGRESS_EVERY_MS = 15_000;

/**
 * Builds programs of one Go module with the machine's Go, all in one go, since they share most packages. Puts each into `folder` by a rename, so that
 * nobody ever runs half a file.
 *
 * @throws Error, one sentence, where there is no Go or the build fails.
 */
export async function compile(
  programs: readonly Program[],
  folder: string,
  say: (line: string) => void,
): Promise<void> {
  const started = Date.now();
  const [first] = programs;
  if (first === undefined) return;
  const label = `${programs.map(({ name }) => name).join(', ')} ${pinnedVersion(first)}`;
  const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  mkdirSync(unfinished, { recursive: true });

  const announce = () => say(`building ${label}, once for this machine${hint(programs)}`);
  const ticker = setInterval(() => say(`still building ${label}: ${elapsed()}`), PROGRESS_EVERY_MS);
  try {
    // Go names several programs by their packages.
    const output = programs.length > 1 ? `${unfinished}/` : join(unfinished, first.name);
    const packages = programs.map((program) => program.package);
    // Kubernetes up to 1.30 holds clients of cloud providers, which take minutes to build. This tag leaves them out.
    const go = execa(
      'go',
      ['build', '-tags', 'providerless', '-ldflags', linkerFlags(first), '-o', output, ...packages],
      {
        cwd: goModuleFolder(first),
        stdin: 'ignore',
        env: { GOWORK: 'off', GOFLAGS: '-mod=readonly', ...toolchainOf(first) },
      },
    );
    go.once('spawn', announce);
    await go;
    for (const { name, package: path } of programs) {
      const built = programs.length > 1 ? basename(path) : name;
      renameSync(join(unfinished, built), join(folder, name));
    }
  } catch (error) {
    throw new Error(whyNot(label, error), { cause: error });
  } finally {
    clearInterval(ticker);
    rmSync(unfinished, { recursive: true, force: true });
  }
  say(`built ${label} in ${elapsed()}`);
}

/** The go command takes that Go from the module proxy. The line in go.mod alone does nothing on a machine with GOTOOLCHAIN=local. */
function toolchainOf(program: Program): Record<string, string> {
  const toolchain = pinnedToolchain(program);
  return toolchain === undefined ? {} : { GOTOOLCHAIN: toolchain };
}

const LONG: readonly string[] = ['kube-apiserver', 'promtool', 'external-secrets', 'gitops'];
const hint = (programs: readonly Program[]): string =>
  programs.some(({ name }) => LONG.includes(name)) ? '; more than 5 minutes on two idle cores' : '';

/** Kubernetes takes its version from the linker; without it kubectl calls itself v0.0.0-master. */
function linkerFlags(program: Program): string {
  if (!program.package.startsWith('k8s.io/kubernetes/')) return '-s -w';
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
