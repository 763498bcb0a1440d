import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyPair } from './pki.ts';

/** Who a kubeconfig speaks for. */
export type Credentials = { readonly token: string } | KeyPair;

/** Writes `NAME.kubeconfig` into `dir`, as JSON, which is YAML. Returns its path. */
export function writeKubeconfig(
  dir: string,
  name: string,
  cluster: { readonly server: string; readonly ca: string },
  credentials: Credentials,
  namespace = 'default',
): string {
  const path = join(dir, `${name}.kubeconfig`);
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'testbed',
        cluster: { server: cluster.server, 'certificate-authority-data': base64(cluster.ca) },
      },
    ],
    users: [{ name, user: userOf(credentials) }],
    contexts: [{ name: 'testbed', context: { cluster: 'testbed', user: name, namespace } }],
    'current-context': 'testbed',
  };
  writeFileSync(path, JSON.stringify(kubeconfig, null, 2), { mode: 0o600 });
  return path;
}

function userOf(credentials: Credentials): object {
  if ('token' in credentials) return { token: credentials.token };
  return {
    'client-certificate-data': base64(credentials.cert),
    'client-key-data': base64(credentials.key),
  };
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
