import type { Secret } from '../../secret/secret.ts';
import { systemsBy } from '../../value/systems/systems.ts';
import { namedSystem, readScheme } from '../../value/uri/dialect.ts';
import { readConnection } from '../../value/uri/read.ts';

/** `DB_PASSWORD`, `database-user`, `SPRING_DATASOURCE_PASSWORD`. */
export const GENERIC_KEY = /^(?:db|database|spring[-_.]datasource)(?=[-_.A-Z])/i;

export function genericSystem(data: Secret['data']): string {
  for (const key of PORT_KEYS) {
    const system = systemOfPort(data, key);
    if (system !== undefined) return system;
  }
  const driver = systemOfDriver(data);
  if (driver !== undefined) return driver;
  for (const key of URL_KEYS) {
    const system = systemOfValue(data, key);
    if (system !== undefined) return system;
  }
  return 'postgres';
}

const PORT_KEYS = ['DB_PORT', 'db-port', 'db_port', 'DATABASE_PORT'];

/** Names of a URL that name no system, then those that do: a generic login is that of the only URL. */
const URL_KEYS = [
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
  ...systemsBy('urlKeys').keys(),
];

/** The system that the value names. Undefined if it names none. */
export const systemOfValue = (data: Secret['data'], key: string): string | undefined =>
  textOf(data, key, systemOfText);

/** The scheme is enough, without parsing the whole URL. */
const systemOfText = (text: string): string | undefined =>
  readScheme(text)?.system ?? readConnection(text)?.system ?? namedSystem(text);

export const systemOfPort = (data: Secret['data'], key: string): string | undefined =>
  textOf(data, key, (text) => PORTS.get(text.trim()));

export function systemOfDriver(data: Secret['data']): string | undefined {
  for (const key of DRIVER_KEYS) {
    const system = textOf(data, key, systemIn);
    if (system !== undefined) return system;
  }
  return undefined;
}

const PORTS = systemsBy('genericPorts');
const DRIVERS = systemsBy('drivers');

/**
 * Keys by which frameworks name the driver of their `DB_*` keys: Laravel, Sequelize, Django, TypeORM, Knex, Keycloak.
 */
const DRIVER_KEYS: readonly string[] = [
  'DB_CONNECTION',
  'DB_DIALECT',
  'DB_ENGINE',
  'DB_TYPE',
  'DB_CLIENT',
  'DB_DRIVER',
  'DB_VENDOR',
  'KC_DB',
];

/** The keys that say of which system the generic keys are. Without one of them, it is PostgreSQL. */
export const SYSTEM_KEYS: readonly string[] = [...PORT_KEYS, ...DRIVER_KEYS, ...URL_KEYS];

const DRIVER = new RegExp([...DRIVERS.keys()].join('|'), 'i');

function systemIn(text: string): string | undefined {
  const [driver] = DRIVER.exec(text.slice(0, 64)) ?? [];
  return driver && DRIVERS.get(driver.toLowerCase());
}

/** Longer values name no system. */
const MAX_BYTES = 8192;

function textOf<Fact>(data: Secret['data'], key: string, read: (text: string) => Fact): Fact | undefined {
  const value = data.get(key);
  if (value === undefined || value.isEmpty || value.size > MAX_BYTES) return undefined;
  return value.withPlaintext(({ text }) => (text === undefined ? undefined : read(text)));
}
