import { isObjectName } from '../../engine/secret/kubernetes/name.ts';
import type { SecretRecord } from '../../engine/secret/record/record.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import type { Cluster } from '../client/connect.ts';
import { type ListOptions, list } from '../client/list.ts';
import { secretsIn } from '../secrets/list-secrets.ts';
import { recordName } from '../secrets/record-name.ts';
import { RECORD_OF } from '../secrets/secret-metadata.ts';
import { storedSecretOf } from '../secrets/stored-secrets.ts';
import { decodeRecord, type RecordData } from './codec.ts';
import { RECORD_TYPE } from './records.ts';

/** One Secret of the API server, or the record of one. */
export type StoredContents =
  | { readonly kind: 'secret'; readonly secret: Secret }
  | { readonly kind: 'record'; readonly of: SecretRef; readonly record: SecretRecord }
  /** `what` names the Secret and says what of it could not be read. */
  | { readonly kind: 'unread'; readonly what: string };

interface SecretObject {
  readonly type?: string;
  readonly data?: RecordData | null;
}

/**
 * All Secrets of any type, in one namespace or in all of them, one at a time. A record that lockstep can't read is a
 * Secret like any other. Throws LockstepError.
 */
export async function* listContents(
  cluster: Cluster,
  namespace: string | undefined,
  options: ListOptions = {},
): AsyncGenerator<StoredContents> {
  const oversized: StoredContents[] = [];
  const onOversized: ListOptions['onOversized'] = (one) => {
    oversized.push({ kind: 'unread', what: `Secret ${one.namespace}/${one.name}: larger than 16 MiB` });
  };
  for await (const item of list(cluster, secretsIn(namespace), { ...options, onOversized }))
    yield* contentsOf(item);
  yield* oversized;
}

function* contentsOf(item: unknown): Generator<StoredContents> {
  const { secret } = storedSecretOf(item);
  const { type, data } = item as SecretObject;
  const record = type === RECORD_TYPE ? decodeRecord(data ?? {}) : undefined;
  const name = secret.annotations.get(RECORD_OF) ?? '';
  if (typeof record === 'object' && isObjectName(name) && recordName(name) === secret.name) {
    yield { kind: 'record', of: { namespace: secret.namespace, name }, record };
    return;
  }
  if (typeof record === 'string')
    yield { kind: 'unread', what: `the record ${secret.namespace}/${secret.name}: ${record}` };
  yield { kind: 'secret', secret };
}
