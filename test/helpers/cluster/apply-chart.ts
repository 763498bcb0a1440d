import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { helm } from './helm.ts';

/** The ways in which charts are applied. The last two render without the cluster, so `lookup` finds nothing. */
export const WAYS = ['upgrade', 'upgrade --server-side=false', 'apply', 'apply --server-side'] as const;

export type Way = (typeof WAYS)[number];

export interface Release {
  readonly name: string;
  readonly namespace: string;
  /** The folder of the chart. */
  readonly chart: string;
  /** The home of helm. */
  readonly home: string;
  /** Further arguments of helm. */
  readonly settings: readonly string[];
}

/**
 * Installs or upgrades the release. Resolves with standard error of the program that writes.
 *
 * @throws Error with the output of helm or kubectl.
 */
export async function applyChart(cluster: Cluster, way: Way, release: Release): Promise<string> {
  const { name, namespace, chart, home, settings } = release;
  const run = async (...args: readonly string[]) => {
    const all = [...args, ...settings, '-n', namespace];
    const { exitCode, stdout, stderr } = await helm(all, home, cluster.kubeconfig);
    if (exitCode !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}`);
    return { stdout, stderr };
  };
  const [command = '', ...flags] = way.split(' ');
  if (command === 'upgrade') return (await run('upgrade', '--install', name, chart, ...flags)).stderr;
  const { stdout: input } = await run('template', name, chart);
  const force = flags.length > 0 ? ['--force-conflicts'] : [];
  const args = ['apply', '-n', namespace, ...flags, ...force, '-f', '-'];
  return (await cluster.mustRun(args, { input })).stderr;
}
