import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Daemon } from '../process/daemon.ts';
import { freePort } from '../process/ports.ts';
import type { Pki } from './pki.ts';
import type { Workspace } from './workspace.ts';

/** How much of a request for a Secret is written to the audit log. From `Request` up it holds the values. */
export type AuditLevel = 'Metadata' | 'Request' | 'RequestResponse';

export interface EtcdServer {
  readonly daemon: Daemon;
  readonly url: string;
}

export async function startEtcd(
  workspace: Workspace,
  binary: string,
  flags: readonly string[] = [],
): Promise<EtcdServer> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const peers = `http://127.0.0.1:${await freePort()}`;
  const daemon = workspace.start({
    name: 'etcd',
    command: binary,
    args: [
      ...['--data-dir', join(workspace.dir, 'etcd')],
      ...['--listen-client-urls', url, '--advertise-client-urls', url],
      ...[
        '--listen-peer-urls',
        peers,
        '--initial-advertise-peer-urls',
        peers,
        '--initial-cluster',
        `default=${peers}`,
      ],
      '--unsafe-no-fsync',
      ...flags,
    ],
  });
  return { daemon, url };
}

export interface ApiServerSettings {
  readonly binary: string;
  readonly port: number;
  readonly etcd: string;
  readonly serviceRange: string;
  readonly auditLevel: AuditLevel;
  readonly flags: readonly string[];
  readonly pki: Pki;
}

export const auditLogOf = (workspace: Workspace): string => join(workspace.dir, 'audit.log');

export function startApiServer(workspace: Workspace, settings: ApiServerSettings): Daemon {
  const { files } = settings.pki;
  return workspace.start({
    name: 'kube-apiserver',
    command: settings.binary,
    args: [
      `--etcd-servers=${settings.etcd}`,
      `--secure-port=${settings.port}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      // Nothing to reconcile: a loopback address is no valid endpoint.
      '--endpoint-reconciler-type=none',
      `--service-cluster-ip-range=${settings.serviceRange}`,
      '--authorization-mode=RBAC',
      `--cert-dir=${join(workspace.dir, 'certs')}`,
      `--tls-cert-file=${files.serverCert}`,
      `--tls-private-key-file=${files.serverKey}`,
      `--client-ca-file=${files.ca}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${files.tokenPublicKey}`,
      `--service-account-signing-key-file=${files.tokenKey}`,
      `--audit-policy-file=${auditPolicyFor(settings.auditLevel, workspace)}`,
      `--audit-log-path=${auditLogOf(workspace)}`,
      ...settings.flags,
    ],
  });
}

export function startControllerManager(
  workspace: Workspace,
  binary: string,
  kubeconfig: string,
  pki: Pki,
): Daemon {
  return workspace.start({
    name: 'kube-controller-manager',
    command: binary,
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--service-account-private-key-file=${pki.files.tokenKey}`,
      `--root-ca-file=${pki.files.ca}`,
      '--leader-elect=false',
      // It serves nothing that a test reads.
      '--secure-port=0',
    ],
  });
}

/** At Metadata it is the policy that lockstep ships. The others are what it warns of. */
function auditPolicyFor(level: AuditLevel, workspace: Workspace): string {
  if (level === 'Metadata')
    return fileURLToPath(new URL('../../../manifests/audit-policy.yaml', import.meta.url));
  const path = join(workspace.dir, 'audit-policy.json');
  const rules = [{ level, resources: [{ group: '', resources: ['secrets'] }] }, { level: 'Metadata' }];
  writeFileSync(path, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules }));
  return path;
}
