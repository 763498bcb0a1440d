import { ApiStatusError, callApi } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';

/**
 * A dry run that creates a Secret which each install denies by its built-in policy `no-placeholders`. `as` is the user
 * to impersonate. Throws LockstepError.
 */
export async function deniesPlaceholder({ server, call }: Cluster, as?: string): Promise<boolean> {
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'lockstep-probe', namespace: 'default' },
    stringData: { JWT_SECRET: 'changeme' },
  };
  const path = '/api/v1/namespaces/default/secrets';
  return callApi(server, 'trying a dry run in namespace default', () =>
    call({ method: 'POST', path, query: { dryRun: 'All' }, body, ...(as === undefined ? {} : { as }) }).then(
      () => false,
      (error: unknown) => {
        if (error instanceof ApiStatusError && error.body.includes('[lockstep/')) return true;
        throw error;
      },
    ),
  );
}
