import { referencesOf, type UrlTemplate } from '../policy/template.ts';
import type { Secret } from '../secret/secret.ts';
import type { PartName } from '../uri/connection.ts';
import { namedSystem, readScheme } from '../uri/dialect.ts';
import { readConnection } from '../uri/read.ts';
import { systemOf } from '../uri/system.ts';
import { traitsOf } from '../uri/system-traits.ts';

/** Longer values name no system. */
const MAX_BYTES = 8192;

/**
 * The system of a derived key's login, if it is not the one of the template. The URL is one of `mysql`, or the keys
 * next to it say so (`DB_PORT: 3306`, `DB_CONNECTION: mysql`). Then neither the URL nor the rules of the template's
 * system apply.
 */
export function foreignSystem(
  data: Secret['data'],
  urlKey: string,
  url: UrlTemplate,
  keyOf: (name: string) => string,
): string | undefined {
  const named = textOf(data, urlKey, systemOfText);
  return named !== undefined && named !== url.system ? named : systemFromOtherKeys(data, url, keyOf);
}

/** The system that the value names. Undefined if it names none. */
export const systemOfValue = (data: Secret['data'], key: string): string | undefined =>
  textOf(data, key, systemOfText);

/** The scheme is enough, without parsing the whole URL. */
const systemOfText = (text: string): string | undefined =>
  readScheme(text)?.system ?? readConnection(text)?.system ?? namedSystem(text);

/**
 * The keys of a part belong to another system than the URL. A generic key such as `DB_PASSWORD` belongs to the system
 * that the Secret names by its port, its driver or its `DATABASE_URL`. The default is PostgreSQL.
 */
export function isKeyOfOtherSystem(
  data: Secret['data'],
  url: UrlTemplate,
  part: PartName,
  keyOf: (name: string) => string,
): boolean {
  if (url.system === 'postgres') return false;
  const isForeign = (name: string): boolean => {
    const key = keyOf(name);
    return key !== name && GENERIC_KEY.test(key) && genericSystem(data) !== url.system;
  };
  return referencesOf(url.parts.get(part) ?? []).some(({ name }) => isForeign(name));
}

/** `DB_PASSWORD`, `database-user`, `SPRING_DATASOURCE_PASSWORD`. */
const GENERIC_KEY = /^(?:db|database|spring[-_.]datasource)(?=[-_.A-Z])/i;

function genericSystem(data: Secret['data']): string {
  for (const key of ['DB_PORT', 'db-port', 'db_port', 'DATABASE_PORT']) {
    const system = textOf(data, key, (text) => PORTS.get(text.trim()));
    if (system !== undefined) return system;
  }
  for (const key of DRIVER_KEYS) {
    const system = textOf(data, key, systemIn);
    if (system !== undefined) return system;
  }
  for (const key of GENERIC_URLS) {
    const system = textOf(data, key, systemOfText);
    if (system !== undefined) return system;
  }
  return 'postgres';
}

/** Names of a URL that name no system. */
const GENERIC_URLS = [
  'DATABASE_URL',
  'database-url',
  'database_url',
  'databaseUrl',
  'DATABASE_URI',
  'DATABASE_DSN',
  'DB_URL',
  'DB_URI',
  'DB_DSN',
  'db-url',
  'db_url',
  'SPRING_DATASOURCE_URL',
];

/** Keys named for PostgreSQL are a login of PostgreSQL, whatever other keys say. */
export function systemFromOtherKeys(
  data: Secret['data'],
  { system, parts }: UrlTemplate,
  keyOf: (name: string) => string,
): string | undefined {
  if (system !== 'postgres') return undefined;
  const keyFor = (part: 'password' | 'port'): string | undefined =>
    referencesOf(parts.get(part) ?? []).map(({ name }) => keyOf(name))[0];
  const password = keyFor('password');
  if (password === undefined || traitsOf(system).keyNames.test(password)) return undefined;
  const port = keyFor('port');
  const byPort = port === undefined ? undefined : textOf(data, port, (text) => PORTS.get(text.trim()));
  return (
    byPort ?? DRIVER_KEYS.map((key) => textOf(data, key, systemIn)).find((system) => system !== undefined)
  );
}

/** Ports as registered with IANA. */
const PORTS = new Map([
  ['3306', 'mysql'],
  ['1433', 'sqlserver'],
  ['1521', 'oracle'],
  ['27017', 'mongodb'],
]);

/**
 * Keys by which frameworks name the driver of their `DB_*` keys: Laravel, Sequelize, Django, TypeORM, Knex, Keycloak.
 */
const DRIVER_KEYS = [
  'DB_CONNECTION',
  'DB_DIALECT',
  'DB_ENGINE',
  'DB_TYPE',
  'DB_CLIENT',
  'DB_DRIVER',
  'DB_VENDOR',
  'KC_DB',
];

function systemIn(text: string): string | undefined {
  const [, system] =
    /(mysql|mariadb|mssql|sqlsrv|sqlserver|oracle|mongo|sqlite)/i.exec(text.slice(0, 64)) ?? [];
  return system && systemOf(system).system;
}

function textOf<Fact>(data: Secret['data'], key: string, read: (text: string) => Fact): Fact | undefined {
  const value = data.get(key);
  if (value === undefined || value.isEmpty || value.size > MAX_BYTES) return undefined;
  return value.withPlaintext(({ text }) => (text === undefined ? undefined : read(text)));
}
