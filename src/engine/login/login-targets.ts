import { type ServerTarget, tlsModeOf } from '../server/target.ts';
import type { Login } from './logins.ts';

const DEFAULT_PORT = 5432;
/** Of a password; the longest are access tokens of a cloud, of some 2,500. More is no login, whatever it is. Bytes. */
const MAX_PASSWORD_BYTES = 4096;

/**
 * Where a login leads to, in the order in which libpq tries the hosts of one string; none where the Secret names no host, or a port that is none, or where its
 * password is too long to be one. What the Secret leaves open is what libpq takes: `prefer`, 5432, a database with the name of the user.
 */
export function targetsOf({ address = '', port = '', ...login }: Login): readonly ServerTarget[] {
  if (login.password.size > MAX_PASSWORD_BYTES) return [];
  const ports = port.split(',');
  const mode = tlsModeOf(login.sslmode) ?? 'prefer';
  const database = login.database ?? login.user;
  return address.split(',').flatMap((host, index) => {
    const at = parsePort((ports.length === 1 ? ports[0] : ports[index]) ?? '');
    if (host === '' || at === undefined) return [];
    return [{ host, port: at, database, tls: { mode } }];
  });
}

function parsePort(text: string): number | undefined {
  if (text === '') return DEFAULT_PORT;
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535 ? port : undefined;
}

/** Whether nobody outside of a cluster knows that name: the Service of a namespace, or one label alone. */
export const isClusterName = (host: string): boolean =>
  /\.svc(\.cluster\.local)?\.?$/i.test(host) || (/^[a-z0-9][-a-z0-9_]*$/i.test(host) && !isLocalName(host));

const isLocalName = (host: string): boolean => /^(localhost|\d+)$/i.test(host);
