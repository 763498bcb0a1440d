import { readAdo } from './ado-net.ts';
import type { ConnectionString, Part } from './connection.ts';
import { readGoMysqlDsn } from './go-mysql-dsn.ts';
import { readKeywordDsn } from './keyword-dsn.ts';
import { readUrl } from './url.ts';

/** UTF-16 units. No driver has this limit, but it is far above any real connection string. */
const MAX_LENGTH = 8192;

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Reads a connection string of any form. Undefined if the text is none: no scheme, no part, too long, or a control
 * character.
 *
 * `hint.password` is the true password, if it is known. A raw copy of it in the text (`u:p@ss/w@host`) is recognised,
 * although a parser would read it differently. Then the part is not portable. Only this copy may hold control
 * characters. Never throws, and takes linear time.
 */
export function readConnection(
  text: string,
  hint: { readonly password?: string } = {},
): ConnectionString | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const password = hint.password ?? '';
  if (!CONTROL.test(text)) return readForm(text, password);
  if (password === '' || CONTROL.test(text.replace(password, ''))) return undefined;
  const connection = readForm(text, password);
  return connection?.password?.value === password ? connection : undefined;
}

const mayHoldPassword = (text: string): boolean =>
  (text.includes('=') || text.includes('(')) && /(?:password|pwd) *=|@(?:tcp6?|unix)\(/i.test(text);

function readForm(text: string, hint: string): ConnectionString | undefined {
  return (
    readUrl(text, hint) ??
    (text.includes('(') ? readGoMysqlDsn(text) : undefined) ??
    (text.includes('=') ? (readAdo(text, hint) ?? readKeywordDsn(text, hint)) : undefined)
  );
}

/**
 * The password in a connection string of any form, or in any `scheme://user:password@…`. Undefined for other texts, and
 * for an empty password. `read` avoids a second parse. The function is cheap for other texts, so it can check every
 * value of every Secret.
 */
export function urlPassword(
  text: string,
  read: (text: string) => ConnectionString | undefined = readConnection,
): Part | undefined {
  if (!text.includes('://') && !mayHoldPassword(text)) return undefined;
  const password = read(text)?.password;
  return password === undefined || password.value === '' ? undefined : password;
}
