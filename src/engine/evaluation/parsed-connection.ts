import type { Plaintext } from '../secret/sensitive.ts';
import type { ConnectionString, Part } from '../uri/connection.ts';
import { readConnection, urlPassword } from '../uri/read.ts';

const cache = new WeakMap<Plaintext, ConnectionString | 'none'>();

/** The parsed connection string of a value. It is parsed once, because six rules need it. */
export function parsedConnection(plain: Plaintext): ConnectionString | undefined {
  if (plain.text === undefined) return undefined;
  let connection = cache.get(plain);
  if (connection === undefined) {
    connection = readConnection(plain.text) ?? 'none';
    cache.set(plain, connection);
  }
  return connection === 'none' ? undefined : connection;
}

/** The password in the connection string. */
export function connectionPassword(plain: Plaintext): Part | undefined {
  return plain.text === undefined ? undefined : urlPassword(plain.text, () => parsedConnection(plain));
}
