import type { PartName } from './connection.ts';
import { encodeHost, encodeUserinfo } from './encode.ts';

/** All values are plain. `query` is the text after the `?`. A part that is undefined is left out. */
export interface UrlParts extends Readonly<Partial<Record<PartName, string | undefined>>> {
  readonly scheme: string;
  readonly query?: string;
}

/**
 * The only spelling that all drivers read alike: credentials in userinfo, IPv6 in brackets, the same port for each
 * host.
 */
export function buildUrl({
  scheme,
  user,
  password,
  host = '',
  port,
  database,
  query = '',
}: UrlParts): string {
  const credentials = `${encodeUserinfo(user ?? '')}${prefixed(':', password)}`;
  const userinfo = user === undefined && password === undefined ? '' : `${credentials}@`;
  const hosts = host
    .split(',')
    .map((one) => `${encodeHost(one)}${prefixed(':', port)}`)
    .join(',');
  return `${scheme}://${userinfo}${hosts}${prefixed('/', database)}${query === '' ? '' : `?${query}`}`;
}

const prefixed = (prefix: string, text: string | undefined): string =>
  text === undefined ? '' : `${prefix}${encodeUserinfo(text)}`;
