import { join } from 'node:path';
import { findBinaries } from '../binaries.ts';
import { PROGRAMS } from '../modules.ts';
import type { Daemon } from '../process/daemon.ts';
import { freePort } from '../process/ports.ts';
import type { Cluster } from './cluster.ts';
import { sourcesOf } from './go-module.ts';
import { operatorAccount } from './operator-account.ts';

/** Installs the External Secrets Operator of this version, and runs as a local process what its chart runs as a Pod. Its own webhook is left out. */
export async function installExternalSecrets(cluster: Cluster): Promise<Daemon> {
  const { 'external-secrets': command } = findBinaries(['external-secrets']);
  await applyKinds(cluster);
  const kubeconfig = await operatorAccount(cluster, 'external-secrets');
  return cluster.start({
    name: 'external-secrets',
    command,
    // One writer: it needs no leader. Nobody asks it for metrics, but it listens on :8080 unless told.
    args: ['--enable-leader-election=false', `--metrics-addr=127.0.0.1:${await freePort()}`],
    env: { KUBECONFIG: kubeconfig },
  });
}

/** Server-side: they are larger than the annotation of a client-side apply may be. */
async function applyKinds(cluster: Cluster): Promise<void> {
  const program = PROGRAMS['external-secrets'];
  const folder = join(await sourcesOf(program, program.package), 'config', 'crds', 'bases');
  await cluster.mustRun(['apply', '--server-side', '-k', folder]);
  await cluster.mustRun(['wait', '--for=condition=Established', 'crd', '--all']);
}
