import { encodeHost, encodeUserinfo } from './encode.ts';

/** All values plain; `query` as it is to stand after the `?`. */
export interface Target {
  readonly scheme?: string;
  readonly user: string;
  readonly password?: string;
  /** Several hosts: `a,b`. */
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly query?: string;
}

/** The one spelling that all drivers read alike: credentials in userinfo; host, port and database always written. */
export function buildUrl({
  scheme = 'postgresql',
  user,
  password,
  host,
  port,
  database,
  query,
}: Target): string {
  const userinfo =
    password === undefined ? encodeUserinfo(user) : `${encodeUserinfo(user)}:${encodeUserinfo(password)}`;
  const hosts = host
    .split(',')
    .map((one) => `${encodeHost(one)}:${port}`)
    .join(',');
  const tail = query === undefined || query === '' ? '' : `?${query}`;
  return `${scheme}://${userinfo}@${hosts}/${encodeUserinfo(database)}${tail}`;
}
