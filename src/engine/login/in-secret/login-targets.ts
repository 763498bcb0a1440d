import { systemNamed } from '../../value/systems/systems.ts';
import { type ServerTarget, tlsModeOf } from '../server/target.ts';
import type { Login } from './logins.ts';

/** The longest passwords are access tokens of a cloud, with about 2,500 bytes. A longer value is no login. */
const MAX_PASSWORD_BYTES = 4096;

/**
 * The servers of a login, in the order in which libpq tries the hosts of one string. Empty if the Secret names no host
 * or an invalid port, or if the password is too long. The defaults are those of libpq: `prefer`, 5432, and a database
 * with the name of the user. Redis has defaults of its own.
 */
export function targetsOf({ system, address = '', port = '', ...login }: Login): readonly ServerTarget[] {
  if (login.password.size > MAX_PASSWORD_BYTES) return [];
  const ports = port.split(',');
  const [defaultPort = ''] = systemNamed(system ?? 'postgres').ports;
  const mode = tlsModeOf(login.sslmode) ?? 'prefer';
  const database = login.database ?? login.user;
  return address.split(',').flatMap((host, index) => {
    const at = parsePort((ports.length === 1 ? ports[0] : ports[index]) || defaultPort);
    if (host === '' || at === undefined) return [];
    return [{ ...(system && { system }), host, port: at, database, tls: { mode } }];
  });
}

function parsePort(text: string): number | undefined {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535 ? port : undefined;
}

/** Whether the name exists only in a cluster: the Service of a namespace, or one label alone. */
export const isClusterName = (host: string): boolean =>
  /\.svc(\.cluster\.local)?\.?$/i.test(host) || (/^[a-z0-9][-a-z0-9_]*$/i.test(host) && !isLocalName(host));

const isLocalName = (host: string): boolean => /^(localhost|\d+)$/i.test(host);
