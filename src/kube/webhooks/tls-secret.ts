import type { Label } from '../../engine/secret/kubernetes/kubernetes-names.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';
import { callApi, callApiIfFound } from '../client/call.ts';
import type { Cluster } from '../client/connect.ts';
import { secretPath, secretsPath } from '../secrets/stored-secrets.ts';

/** PEM texts of a Secret of type kubernetes.io/tls, as cert-manager writes them too. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: Sensitive;
  readonly ca: string;
}

export interface TlsSecret extends TlsFiles {
  readonly namespace: string;
  readonly name: string;
  readonly owner: 'lockstep' | 'cert-manager' | 'someone else';
  readonly resourceVersion: string;
}

const MANAGED_BY = 'app.kubernetes.io/managed-by' satisfies Label;
const MANAGED_BY_LOCKSTEP = 'lockstep-certs';

/** Undefined if it does not exist. A missing file is empty. */
export async function readTlsSecret(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<TlsSecret | undefined> {
  const path = secretPath({ namespace, name });
  const response = await callApiIfFound(cluster, `reading Secret ${namespace}/${name}`, { path });
  if (response === undefined) return undefined;
  const secret = response.object as TlsSecretObject;
  const file = (key: string) => Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
  return {
    namespace,
    name,
    owner: ownerOf(secret.metadata),
    resourceVersion: secret.metadata.resourceVersion,
    cert: file('tls.crt'),
    key: Sensitive.fromBase64(secret.data?.['tls.key'] ?? ''),
    ca: file('ca.crt'),
  };
}

interface TlsSecretObject {
  readonly metadata: TlsSecretMetadata;
  readonly data?: Readonly<Record<string, string>>;
}

interface TlsSecretMetadata {
  readonly resourceVersion: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

function ownerOf({ labels, annotations }: TlsSecretMetadata): TlsSecret['owner'] {
  if (labels?.[MANAGED_BY] === MANAGED_BY_LOCKSTEP) return 'lockstep';
  return annotations?.['cert-manager.io/certificate-name'] === undefined ? 'someone else' : 'cert-manager';
}

/** Creates the Secret, or replaces the one that was read. If it changed since then, the write is a conflict. */
export async function writeTlsSecret(
  cluster: Cluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  files: TlsFiles,
  previous: TlsSecret | undefined,
): Promise<void> {
  const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: {
      namespace,
      name,
      labels: { 'app.kubernetes.io/name': 'lockstep', [MANAGED_BY]: MANAGED_BY_LOCKSTEP },
      ...(previous && { resourceVersion: previous.resourceVersion }),
    },
    data: { 'tls.crt': base64(files.cert), 'tls.key': files.key.reveal(), 'ca.crt': base64(files.ca) },
  };
  await callApi(
    cluster,
    `writing Secret ${namespace}/${name}`,
    previous === undefined
      ? { method: 'POST', path: secretsPath(namespace), body }
      : { method: 'PUT', path: secretPath({ namespace, name }), body },
  );
}
