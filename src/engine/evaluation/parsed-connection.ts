import type { Plain } from '../secret/sensitive.ts';
import type { Connection, Part } from '../uri/connection.ts';
import { urlPassword } from '../uri/password.ts';
import { readConnection } from '../uri/read.ts';

const read = new WeakMap<Plain, Connection | 'none'>();

/** The connection string that a value is. Read once: half a dozen rules ask for it. */
export function connectionIn(plain: Plain): Connection | undefined {
  if (plain.text === undefined) return undefined;
  let connection = read.get(plain);
  if (connection === undefined) {
    connection = readConnection(plain.text) ?? 'none';
    read.set(plain, connection);
  }
  return connection === 'none' ? undefined : connection;
}

/** The password in it. */
export function passwordIn(plain: Plain): Part | undefined {
  return plain.text === undefined ? undefined : urlPassword(plain.text, () => connectionIn(plain));
}
