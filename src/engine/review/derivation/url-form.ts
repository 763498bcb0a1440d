import type { Derivation } from '../../policy/policy.ts';
import type { UrlTemplate } from '../../policy/template/template.ts';
import { nearestNames } from '../../secret/nearest.ts';
import type { ConnectionString } from '../../value/uri/connection.ts';

/**
 * `Server=db;User Id=app;Password=…` can be read by the drivers of several systems. With `bind: All` it is a string of
 * Npgsql, unless it has a word that only other drivers know.
 */
export const isSystemOpen = (
  text: string,
  connection: ConnectionString | undefined,
  { bind }: Derivation,
  { system }: UrlTemplate,
): boolean =>
  connection?.isSystemGuessed === true &&
  (system === 'mysql' || (system === 'postgres' && bind === 'All' && !NOT_OF_NPGSQL.test(text)));

const NOT_OF_NPGSQL =
  /(?:^|;) *(?:data ?source|initial catalog|(?:network )?addr(?:ess)?|trusted_connection|integrated security|trustservercertificate|encrypt|driver|dsn) *=|= *tcp:|, *\d+ *(?:;|$)|\\/i;

/** `<user>` and `${USER}` are slots that a template engine left open. */
export const isFilled = (text: string): boolean => /^[^${}<>]*$/.test(text);

/** `redis://password@host`: some clients of Redis read the user as the password. */
export const isPasswordForUser = ({ system, user, password }: ConnectionString): boolean =>
  system === 'redis' && user !== undefined && password === undefined;

/**
 * `http://app:secret@db:5432/app`. An https address without a login may be the API of a hosted database. With
 * `bind: All`, the base keys name the server, so it is none.
 */
export const isWebAddress = (
  text: string,
  connection: ConnectionString | undefined,
  { bind }: Derivation,
): boolean =>
  (text[0] === 'h' || text[0] === 'H') &&
  (/^http:\/\//i.test(text) ||
    ((bind === 'All' || connection?.password !== undefined) && /^https:\/\//i.test(text)));

/** No driver reads `postgre://` or `jdbc:postgres:`. */
export const isMisspelledScheme = (text: string, system: string): boolean =>
  (system !== 'postgres' || text[4] === ':') &&
  (/^jdbc:postgres:/i.test(text) ||
    (/^p\w{5}/.test(system) &&
      system !== 'postgres' &&
      nearestNames(system, ['postgres', 'postgresql']).length > 0));
