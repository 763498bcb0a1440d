import { join } from 'node:path';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { findBinaries } from '../../testbed/binaries.ts';
import type { Manifest } from './kustomize.ts';

export const CHART = join(import.meta.dirname, '..', '..', '..', 'manifests', 'helm');

export interface HelmResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

/** The real helm, with a home of its own in `home`. `version` names its program: Helm 4, or `helm3`. */
export async function helm(
  args: readonly string[],
  home: string,
  kubeconfig = '/dev/null',
  version: 'helm' | 'helm3' = 'helm',
): Promise<HelmResult> {
  const { [version]: program } = findBinaries([version]);
  const env = { HOME: home, KUBECONFIG: kubeconfig };
  const { stdout, stderr, exitCode } = await execa(program, args, { env, extendEnv: false, reject: false });
  return { stdout, stderr, exitCode };
}

/** The objects that `helm install` would create. Throws the error of helm if it renders nothing. */
export async function render(
  home: string,
  settings: readonly string[] = [],
  namespace = 'lockstep-system',
): Promise<Manifest[]> {
  return template(
    home,
    namespace,
    settings.flatMap((each) => ['--set-json', each]),
  );
}

/** Each value has another value than its default. */
export const renderEveryValue = (home: string): Promise<Manifest[]> =>
  template(home, 'lockstep-system', ['--values', 'test/data/charts/every-value.yaml']);

async function template(home: string, namespace: string, values: readonly string[]): Promise<Manifest[]> {
  const args = ['template', 'lockstep', CHART, '--skip-tests', '-n', namespace, '--kube-version=1.37.0'];
  const { stdout, stderr, exitCode } = await helm([...args, ...values], home);
  if (exitCode !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS())
    .filter((each) => each !== null);
}
