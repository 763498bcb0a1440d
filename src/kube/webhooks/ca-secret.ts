import { Sensitive } from '../../engine/secret/sensitive.ts';
import { callApi, callApiIfFound } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';

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
  { server, call }: Cluster,
  { namespace, name }: CaSecretRef,
): Promise<{ readonly secret: CaSecret | undefined; readonly date: Date | undefined }> {
  const response = await callApiIfFound(server, `reading Secret ${namespace}/${name}`, () =>
    call({ path: pathOf({ namespace, name }) }),
  );
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
  { server, call }: Cluster,
  { namespace, name, resourceVersion }: CaSecret,
  change: Readonly<Record<string, Sensitive | undefined>>,
): Promise<void> {
  const data = Object.fromEntries(
    Object.entries(change).map(([key, value]) => [key, value?.reveal() ?? null]),
  );
  await callApi(server, `writing Secret ${namespace}/${name}`, () =>
    call({
      method: 'PATCH',
      path: pathOf({ namespace, name }),
      body: { metadata: { resourceVersion }, data },
      contentType: 'application/merge-patch+json',
    }),
  );
}

const pathOf = ({ namespace, name }: CaSecretRef): string =>
  `/api/v1/namespaces/${namespace}/secrets/${name}`;
