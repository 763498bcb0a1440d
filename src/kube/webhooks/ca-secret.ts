import { Sensitive } from '../../engine/secret/sensitive.ts';
import { callApi, callApiIfFound, mergePatch } from '../client/call.ts';
import type { Cluster } from '../client/connect.ts';
import { secretPath } from '../secrets/stored-secrets.ts';

export interface CaSecretRef {
  readonly namespace: string;
  readonly name: string;
}

export interface CaSecret extends CaSecretRef {
  readonly resourceVersion: string;
  readonly data: Readonly<Record<string, Sensitive>>;
}

/** `secret` is undefined if it does not exist. In that case the date of the answer is not known. */
export async function readCaSecret(
  cluster: Cluster,
  { namespace, name }: CaSecretRef,
): Promise<{ readonly secret: CaSecret | undefined; readonly date: Date | undefined }> {
  const path = secretPath({ namespace, name });
  const response = await callApiIfFound(cluster, `reading Secret ${namespace}/${name}`, { path });
  if (response === undefined) return { secret: undefined, date: undefined };
  const { metadata, data } = response.object as CaSecretObject;
  const values = Object.entries(data ?? {}).map(([key, value]) => [key, Sensitive.fromBase64(value)]);
  const secret = {
    namespace,
    name,
    resourceVersion: metadata.resourceVersion,
    data: Object.fromEntries(values),
  };
  return { secret, date: response.date };
}

interface CaSecretObject {
  readonly metadata: { readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, string>> | null;
}

/**
 * Sets some keys, and removes those that are undefined. Labels, annotations and other keys stay. If the Secret changed
 * since it was read, the write is a conflict.
 */
export async function writeCaSecret(
  cluster: Cluster,
  { namespace, name, resourceVersion }: CaSecret,
  change: Readonly<Record<string, Sensitive | undefined>>,
): Promise<void> {
  const data = Object.fromEntries(
    Object.entries(change).map(([key, value]) => [key, value?.reveal() ?? null]),
  );
  const call = mergePatch(secretPath({ namespace, name }), { metadata: { resourceVersion }, data });
  await callApi(cluster, `writing Secret ${namespace}/${name}`, call);
}
