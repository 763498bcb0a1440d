import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { ApiAccess } from './api-access.ts';

/** The kubelet mounts the token of a pod's ServiceAccount here, next to the CA of the API server. */
const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
export const TOKEN_PATH = join(FOLDER, 'token');

export interface ServiceAccountPod {
  /** Every container has the address of the API server's Service in it. */
  readonly environment: {
    readonly KUBERNETES_SERVICE_HOST?: string | undefined;
    readonly KUBERNETES_SERVICE_PORT?: string | undefined;
  };
  /** Only a test sets it. */
  readonly folder?: string;
}

/**
 * The API server of the pod's own cluster, by the token of its ServiceAccount. The kubelet replaces the token before it
 * expires, and the CA when it changes, so each call reads both.
 */
export function readServiceAccount({ environment, folder = FOLDER }: ServiceAccountPod): ApiAccess {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = environment;
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    credentials: async () => {
      const [token, ca] = await Promise.all([
        readFile(join(folder, 'token'), 'utf8'),
        readFile(join(folder, 'ca.crt'), 'utf8'),
      ]);
      return { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
    },
  };
}
