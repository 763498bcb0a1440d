import { type Plaintext, Sensitive } from '../secret/sensitive.ts';
import { CHARACTER } from '../secret/value-facts.ts';
import type { ConnectionString, Part } from '../uri/connection.ts';
import { readConnection, urlPassword } from '../uri/read.ts';
import type { Rewritten } from '../uri/rewrite/rewrite.ts';

/** A scheme ends with `:`. A string of another form has `name=value`, or `tcp(host)`. */
const SIGNS_OF_A_CONNECTION = CHARACTER.colon | CHARACTER.equals | CHARACTER.parenthesis;

const NONE = Symbol('no connection string');

/** The parsed connection string of a value. It is parsed once, because six rules need it. */
export function parsedConnection(plain: Plaintext): ConnectionString | undefined {
  if (plain.text === undefined || !plain.facts.has(SIGNS_OF_A_CONNECTION)) return undefined;
  plain.parsed ??= readConnection(plain.text) ?? NONE;
  return plain.parsed === NONE ? undefined : (plain.parsed as ConnectionString);
}

/** The password in the connection string. */
export function connectionPassword(plain: Plaintext): Part | undefined {
  return plain.text === undefined || !plain.facts.has(SIGNS_OF_A_CONNECTION)
    ? undefined
    : urlPassword(plain.text, () => parsedConnection(plain));
}

/** The value of a rewritten connection string, which is not parsed again. */
export function rewrittenValue({ text, connection }: Rewritten): Sensitive {
  const value = Sensitive.fromText(text);
  // A text that is not well-formed has other characters in UTF-8.
  if (connection !== undefined && text.isWellFormed())
    value.withPlaintext((plain) => {
      plain.parsed = connection;
    });
  return value;
}
