import { MAX_SECRET_BYTES, type Secret } from '../../engine/secret/secret.ts';
import type { MapEntry } from '../object/entries.ts';
import { type OffsetFault, rejectedFault } from '../object/offset-fault.ts';

/** The API server counts the decoded values, after `stringData` is merged over `data`. Names of keys do not count. */
export function* sizeFaults(fields: ReadonlyMap<string, MapEntry>, { data }: Secret): Generator<OffsetFault> {
  let size = 0;
  for (const value of data.values()) size += value.size;
  if (size <= MAX_SECRET_BYTES) return;
  const message = `holds more than ${MAX_SECRET_BYTES / 1024 / 1024} MiB of values, which the API server refuses`;
  const offset = (fields.get('data') ?? fields.get('stringData'))?.keyNode.start ?? 0;
  yield rejectedFault('too-large', 'data', message, 'split it into several Secrets', offset);
}
