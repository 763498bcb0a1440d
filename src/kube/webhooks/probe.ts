import { CA_SECRET_NAME } from '../../engine/secret/kubernetes-names.ts';
import { LockstepError } from '../../errors/errors.ts';
import { ApiStatusError, callApi } from '../client/api-error.ts';
import type { ApiCall, Cluster } from '../client/connect.ts';
import { type ProbeResult, probeResultOf } from './probe-result.ts';

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
  const dryRun: ApiCall = {
    method: 'PATCH',
    path: `/api/v1/namespaces/${namespace}/secrets/${CA_SECRET_NAME}`,
    query: { dryRun: 'All' },
    // The API server calls admission webhooks also for a patch without changes.
    body: {},
    contentType: 'application/merge-patch+json',
    ...(impersonatedUser === undefined ? {} : { as: impersonatedUser }),
  };
  try {
    const { warnings } = await call(dryRun);
    return probeResultOf({ kind: 'granted', warnings }, namespace);
  } catch (error) {
    // Without a login, nothing was asked.
    if (error instanceof ApiStatusError && error.status !== 401)
      return probeResultOf(refusedResponse(error), namespace);
    return probeResultOf({ kind: 'unasked', reason: await errorSentence(error, server) }, namespace);
  }
}

function refusedResponse({ status, body }: ApiStatusError) {
  return { kind: 'refused', status, message: statusMessage(body) } as const;
}

function statusMessage(body: string): string {
  try {
    const status: { message?: unknown } = JSON.parse(body);
    return typeof status.message === 'string' ? status.message : '';
  } catch {
    return '';
  }
}

async function errorSentence(error: unknown, server: string): Promise<string> {
  const translated = await callApi(server, 'probing', () => Promise.reject(error)).catch(
    (failure: unknown) => failure,
  );
  return translated instanceof LockstepError ? translated.message : 'the API server could not be asked';
}
