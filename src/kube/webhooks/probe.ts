import type { ProbeResult } from '../../engine/diagnosis/cluster-checks/webhooks.ts';
import { CA_SECRET_NAME } from '../../engine/secret/kubernetes/kubernetes-names.ts';
import { ApiStatusError, clusterError, statusIn } from '../client/api-error.ts';
import { mergePatch } from '../client/call.ts';
import type { Cluster } from '../client/connect.ts';
import { secretPath, secretsPath } from '../secrets/stored-secrets.ts';
import { probeResultOf } from './probe-result.ts';

/**
 * Sends a dry run of a write of the CA Secret, so that the API server calls `probe.lockstep.dev`. The call is like that
 * for any Secret: by the name of the Service, with the configured caBundle. Nothing is stored.
 *
 * `as` is the user to impersonate. The webhook matches only the pods' ServiceAccount, so any other caller needs it.
 * Never rejects.
 */
export async function probe(
  { server, call }: Cluster,
  namespace: string,
  impersonatedUser?: string,
): Promise<ProbeResult> {
  const dryRun = {
    // The API server calls admission webhooks also for a patch without changes.
    ...mergePatch(secretPath({ namespace, name: CA_SECRET_NAME }), {}),
    query: { dryRun: 'All' },
    ...(impersonatedUser === undefined ? {} : { as: impersonatedUser }),
  };
  try {
    const { warnings } = await call(dryRun);
    return probeResultOf({ kind: 'granted', warnings }, namespace);
  } catch (error) {
    // Without a login, nothing was asked.
    if (error instanceof ApiStatusError && error.status !== 401)
      return probeResultOf({ kind: 'refused', message: statusIn(error).message }, namespace);
    const reason = clusterError(error, server, 'probing').message;
    return probeResultOf({ kind: 'unasked', reason }, namespace);
  }
}

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
