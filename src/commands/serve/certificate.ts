import type { ClientAuthentication, ServingCertificate } from '../../admission/http/client-authentication.ts';
import type { AdmissionServer } from '../../admission/http/server.ts';
import type { ServeConfig } from '../../config/config.ts';
import { errorFields, LockstepError } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { servingNames } from '../../tls/ca.ts';
import { readCaFile } from '../../tls/files.ts';
import { folderSource } from '../../tls/folder-source.ts';
import { memorySource } from '../../tls/memory-source.ts';
import { leafOf, type ServingFiles } from '../../tls/serving.ts';
import type { CertificateSource } from '../../tls/source.ts';
import { clusterCertificate } from './cluster-certificate.ts';

/** The name of the Service in manifests/base. */
const SERVICE_NAME = 'lockstep-webhook';

/**
 * Takes the certificate from a folder, or in a pod from the CA in the cluster, or else makes one in memory. Throws if
 * the folder's certificate can't be used.
 */
export async function openCertificate(
  config: ServeConfig,
  log: Log,
  metrics: Metrics,
  cluster?: Cluster,
): Promise<CertificateSource> {
  const { certDir, namespace } = config;
  const names = servingNames(SERVICE_NAME, namespace, config.host);
  const onError = (error: unknown): void => log.error('certificate not taken', errorFields(error));
  const needs = { now: () => new Date(), names, complain: onError };
  if (certDir !== undefined) return folderSource(certDir, needs);
  if (cluster === undefined || !config.inPod) return memorySource(needs);
  return clusterCertificate({ cluster, namespace, names }, log, metrics);
}

/** The clients whose reviews are accepted, or undefined for all clients. Throws if the file can't be used. */
export async function readClients({
  clientCaFile,
  clientNames,
}: Pick<ServeConfig, 'clientCaFile' | 'clientNames'>): Promise<ClientAuthentication | undefined> {
  if (clientCaFile !== undefined) return { ca: await readCaFile(clientCaFile), names: clientNames };
  if (clientNames.size === 0) return undefined;
  throw new LockstepError('BAD_OPTION', ['--client-names', 'needs --client-ca-file as well']);
}

/** Gives each newer certificate to the running server. Returns a function that stops it. */
export function watchCertificate(
  certificate: CertificateSource,
  server: AdmissionServer,
  log: Log,
  metrics: Metrics,
): () => void {
  metrics.setCertificateExpiry(leafOf(certificate.current()).validToDate);
  return certificate.start((files) => {
    const { validToDate } = leafOf(files);
    server.setCertificate(toServingCertificate(files));
    metrics.setCertificateExpiry(validToDate);
    log.info('certificate changed', { validTo: validToDate.toISOString() });
  });
}

/** The TLS library takes the key as text. */
export function toServingCertificate({ cert, key }: ServingFiles): ServingCertificate {
  return { cert, key: key.withPlaintext(({ text }) => text ?? '') };
}
