import { findBinaries } from '../binaries.ts';
import type { Daemon } from '../process/daemon.ts';
import { canListen } from '../process/ports.ts';
import { until } from '../process/until.ts';
import type { Cluster } from './cluster.ts';
import { operatorAccount } from './operator-account.ts';

/** Reloader listens there, and has no option for another port. */
const PORT = 9090;

/** Runs the Reloader of this version as a local process. Only one at a time can run on a machine. */
export async function startReloader(cluster: Cluster, options: readonly string[] = []): Promise<Daemon> {
  const { reloader: command } = findBinaries(['reloader']);
  const kubeconfig = await operatorAccount(cluster, 'reloader');
  await until(`port ${PORT}, which Reloader needs`, [], () => canListen('::', PORT));
  const daemon = cluster.start({
    name: 'reloader',
    command,
    args: options,
    env: { KUBECONFIG: kubeconfig },
  });
  const isUp = async () =>
    (await fetch(`http://127.0.0.1:${PORT}/metrics`).catch(() => undefined))?.ok === true;
  await until('Reloader', [daemon], isUp);
  return daemon;
}
