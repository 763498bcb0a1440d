import type { PartName } from './connection.ts';

/**
 * Every UTF-8 byte outside `A-Z a-z 0-9 - . _ ~` becomes `%XX` in upper case. 14 drivers read this spelling alike, in
 * userinfo, in a path segment and in a query value. A lone surrogate has no UTF-8 and becomes U+FFFD.
 */
export function encodeUserinfo(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, hexOf);
}

/** One host as a URL holds it: IPv6 in brackets (zone after `%25`, RFC 6874), a socket directory as `%2Fvar%2Frun`. */
export function encodeHost(host: string): string {
  const address = withoutBrackets(host);
  if (!isIpv6(address)) return encodeUserinfo(host);
  return `[${address.replace(/[^0-9A-Za-z:._~-]/gu, (character) => encodeUserinfo(character))}]`;
}

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

/** Whether a spelling exists that every driver reads alike. 63 bytes is PostgreSQL's NAMEDATALEN - 1. */
export function isPortableDatabase(name: string): boolean {
  return /^[A-Za-z0-9._~-]{1,63}$/.test(name);
}

/** libpq keyword form: bare if possible, else `'it\'s'`. */
export function encodeKeyword(text: string): string {
  if (/^[A-Za-z0-9._~:,/@%+-]+$/.test(text)) return text;
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}

/** ADO form: bare if possible, else in the quotes that need no doubling, else in doubled double quotes. */
export function encodeAdo(text: string): string {
  if (/^[^\s;"'={}]+$/.test(text)) return text;
  if (!text.includes('"')) return `"${text}"`;
  if (!text.includes("'")) return `'${text}'`;
  return `"${text.replaceAll('"', '""')}"`;
}

/** ODBC, and JDBC for SQL Server: bare if possible, else `{…}` with `}` doubled. */
export function encodeBraces(text: string): string {
  if (/^[^\s;"'={}[\]()?*!@,]+$/.test(text)) return text;
  return `{${text.replaceAll('}', '}}')}}`;
}

/** The address in `[2001:db8::1]`. */
export const withoutBrackets = (host: string): string =>
  host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;

/** At least two colons: `db:5432` is no address but a mistake, which brackets would hide. */
function isIpv6(host: string): boolean {
  return /^[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(?:%.*)?$/.test(host);
}

function hexOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
