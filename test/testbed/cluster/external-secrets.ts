import { join } from 'node:path';
import { execa } from 'execa';
import { findBinaries } from '../binaries.ts';
import { goModuleFolder, PROGRAMS } from '../modules.ts';
import type { Daemon } from '../process/daemon.ts';
import { freePort } from '../process/ports.ts';
import type { Cluster } from './cluster.ts';

const NAMESPACE = 'external-secrets';
const ACCOUNT = 'external-secrets';

/** Installs the External Secrets Operator of this version, and runs as a local process what its chart runs as a Pod. Its own webhook is left out. */
export async function installExternalSecrets(cluster: Cluster): Promise<Daemon> {
  const { 'external-secrets': command } = findBinaries(['external-secrets']);
  await applyKinds(cluster);
  await cluster.kubectl(['apply', '-f', '-'], { input: account(), orThrow: true });
  return cluster.start({
    name: 'external-secrets',
    command,
    // One writer: it needs no leader. Nobody asks it for metrics, but it listens on :8080 unless told.
    args: ['--enable-leader-election=false', `--metrics-addr=127.0.0.1:${await freePort()}`],
    env: { KUBECONFIG: await cluster.serviceAccountKubeconfig(NAMESPACE, ACCOUNT) },
  });
}

/** Its CRDs come with its Go module. Server-side: they are larger than the annotation of a client-side apply may be. */
async function applyKinds(cluster: Cluster): Promise<void> {
  const program = PROGRAMS['external-secrets'];
  const go = await execa('go', ['list', '-m', '-f', '{{.Dir}}', program.package], {
    cwd: goModuleFolder(program),
    env: { GOWORK: 'off', GOFLAGS: '-mod=readonly' },
  });
  const folder = join(go.stdout.trim(), 'config', 'crds', 'bases');
  await cluster.kubectl(['apply', '--server-side', '-k', folder], { orThrow: true });
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all'], { orThrow: true });
}

/** The chart gives it fewer rights; what is tested is not those. */
function account(): object {
  const named = (name: string) => ({ name, namespace: NAMESPACE });
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: named(ACCOUNT) },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: NAMESPACE },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...named(ACCOUNT) }],
    },
  ];
  return { apiVersion: 'v1', kind: 'List', items };
}
