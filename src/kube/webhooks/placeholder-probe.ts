import { ApiStatusError, clusterError } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';
import { secretsPath } from '../secrets/stored-secrets.ts';

/**
 * A dry run that creates a Secret which each install denies by its built-in policy `no-placeholders`. `as` is the user
 * to impersonate. Throws LockstepError.
 */
export async function deniesPlaceholder({ server, call }: Cluster, as?: string): Promise<boolean> {
  const namespace = 'default';
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'lockstep-probe', namespace },
    stringData: { JWT_SECRET: 'changeme' },
  };
  const request = { method: 'POST', path: secretsPath(namespace), query: { dryRun: 'All' }, body } as const;
  try {
    await call({ ...request, ...(as === undefined ? {} : { as }) });
    return false;
  } catch (error) {
    if (error instanceof ApiStatusError && error.body.includes('[lockstep/')) return true;
    throw clusterError(error, server, 'trying a dry run in namespace default');
  }
}
