import type { Plaintext } from '../../secret/sensitive.ts';
import type { ConnectionString, Part } from '../../value/uri/connection.ts';
import { readConnection, urlPassword } from '../../value/uri/read.ts';

/** A scheme ends with `:`. A string of another form has `name=value`, or `tcp(host)`. */
const CHARACTER_OF_A_CONNECTION = /[:=()]/;

const NONE = Symbol('no connection string');

/** The parsed connection string of a value. It is parsed once, because six rules need it. */
export function parsedConnection(plain: Plaintext): ConnectionString | undefined {
  const { text } = plain;
  if (text === undefined) return undefined;
  plain.parsed ??= (CHARACTER_OF_A_CONNECTION.test(text) ? readConnection(text) : undefined) ?? NONE;
  return plain.parsed === NONE ? undefined : (plain.parsed as ConnectionString);
}

/** The password in the connection string. */
export function connectionPassword(plain: Plaintext): Part | undefined {
  return plain.text === undefined || !CHARACTER_OF_A_CONNECTION.test(plain.text)
    ? undefined
    : urlPassword(plain.text, () => parsedConnection(plain));
}
