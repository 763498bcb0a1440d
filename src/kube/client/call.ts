import { clusterError, hasStatus } from './api-error.ts';
import type { ApiCall, ApiResponse, Cluster } from './connect.ts';

/** Sends one call, and turns its error into one sentence. `action` completes "… while": "reading Secret a/b". */
export async function callApi(
  { server, call }: Cluster,
  action: string,
  request: ApiCall,
): Promise<ApiResponse> {
  try {
    return await call(request);
  } catch (cause) {
    throw clusterError(cause, server, action);
  }
}

/** The same as `callApi`, but undefined if the object does not exist. */
export async function callApiIfFound(
  { server, call }: Cluster,
  action: string,
  request: ApiCall,
): Promise<ApiResponse | undefined> {
  try {
    return await call(request);
  } catch (cause) {
    if (hasStatus(cause, 404)) return undefined;
    throw clusterError(cause, server, action);
  }
}

/** The path of a collection in one namespace or in all, or of one of its objects. */
export function apiPath(
  apiVersion: string,
  plural: string,
  { namespace, name }: { readonly namespace?: string | undefined; readonly name?: string } = {},
): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

/** A write that changes only the fields in `body`. */
export const mergePatch = (path: string, body: object): ApiCall => ({
  method: 'PATCH',
  path,
  body,
  contentType: 'application/merge-patch+json',
});

/** Deletes the object if it did not change since it was read. */
export const deletion = (
  path: string,
  preconditions: { readonly uid?: string; readonly resourceVersion: string },
): ApiCall => ({
  method: 'DELETE',
  path,
  body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions },
});

/** A kind as the API server lists it. Its name is a plural, or that of a subresource. */
interface ServedKind {
  readonly name?: string;
  readonly kind?: string;
  readonly namespaced?: boolean;
}

/** The kinds of one version of an API group. None if it is not installed. Throws LockstepError. */
export async function readServedKinds(cluster: Cluster, apiVersion: string): Promise<readonly ServedKind[]> {
  const response = await callApiIfFound(cluster, `asking for ${apiVersion}`, { path: `/apis/${apiVersion}` });
  const { resources } = (response?.object ?? {}) as { readonly resources?: unknown };
  return Array.isArray(resources) ? resources : [];
}
