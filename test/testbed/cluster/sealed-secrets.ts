import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { findBinaries } from '../binaries.ts';
import { PROGRAMS } from '../modules.ts';
import type { Daemon } from '../process/daemon.ts';
import { freePort } from '../process/ports.ts';
import { until } from '../process/until.ts';
import type { Cluster } from './cluster.ts';
import { sourcesOf } from './go-module.ts';
import { operatorAccount } from './operator-account.ts';

const NAMESPACE = 'sealed-secrets';

export interface SealedSecrets {
  readonly daemon: Daemon;
  /** `kubeseal`: the SealedSecret of a Secret, which must name its namespace. */
  seal(secret: object): Promise<object>;
}

/** Installs the Sealed Secrets of this version, and runs its controller as a local process. */
export async function installSealedSecrets(cluster: Cluster): Promise<SealedSecrets> {
  const { kubeseal, 'sealed-secrets-controller': command } = findBinaries([
    'sealed-secrets-controller',
    'kubeseal',
  ]);
  await applyKind(cluster);
  const account = accountFiles(cluster.dir, await operatorAccount(cluster, NAMESPACE));
  const [port, metricsPort] = [await freePort(), await freePort()];
  const { hostname, port: apiPort } = new URL(cluster.server);
  const daemon = cluster.start({
    name: 'sealed-secrets',
    ...inPod(account, command, [
      `--listen-addr=127.0.0.1:${port}`,
      `--listen-metrics-addr=127.0.0.1:${metricsPort}`,
    ]),
    env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: apiPort, POD_NAMESPACE: NAMESPACE },
  });
  const certificate = join(cluster.dir, 'sealed-secrets.crt');
  await until('the certificate of Sealed Secrets', [daemon], async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/cert.pem`).catch(() => undefined);
    if (answer?.ok !== true) return false;
    writeFileSync(certificate, await answer.text());
    return true;
  });
  return {
    daemon,
    seal: async (secret) => {
      const args = ['--cert', certificate, '--format', 'json'];
      const { stdout } = await execa(kubeseal, args, { input: JSON.stringify(secret) });
      return JSON.parse(stdout);
    },
  };
}

/** The files of a ServiceAccount, as the kubelet mounts them. */
function accountFiles(dir: string, kubeconfig: string): string {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8'));
  const folder = join(dir, 'sealed-secrets-account');
  mkdirSync(folder);
  writeFileSync(join(folder, 'token'), users[0].user.token, { mode: 0o600 });
  const ca = Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64');
  writeFileSync(join(folder, 'ca.crt'), ca);
  return folder;
}

/** It reads those files in /var/run/secrets alone, so it gets a /run of its own. */
function inPod(account: string, command: string, args: readonly string[]) {
  const mount = '/run/secrets/kubernetes.io/serviceaccount';
  const script = `mount -t tmpfs none /run && mkdir -p ${mount} && cp "$0"/* ${mount} && exec "$@"`;
  const namespaces = process.getuid?.() === 0 ? ['--mount'] : ['--map-root-user', '--mount'];
  return { command: 'unshare', args: [...namespaces, 'sh', '-c', script, account, command, ...args] };
}

async function applyKind(cluster: Cluster): Promise<void> {
  const sources = await sourcesOf(PROGRAMS['sealed-secrets-controller'], 'github.com/bitnami/sealed-secrets');
  const file = join(sources, 'helm', 'sealed-secrets', 'crds', 'bitnami.com_sealedsecrets.yaml');
  await cluster.mustRun(['apply', '--server-side', '-f', file]);
  await cluster.mustRun(['wait', '--for=condition=Established', 'crd', '--all']);
}
