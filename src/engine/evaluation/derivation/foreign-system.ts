import {
  GENERIC_KEY,
  genericSystem,
  systemOfDriver,
  systemOfPort,
  systemOfValue,
} from '../../policy/generic-login.ts';
import { referencesOf, type UrlTemplate } from '../../policy/template.ts';
import type { Secret } from '../../secret/secret.ts';
import type { PartName } from '../../uri/connection.ts';
import { traitsOf } from '../../uri/system-traits.ts';

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
  const named = systemOfValue(data, urlKey);
  return named !== undefined && named !== url.system ? named : systemFromOtherKeys(data, url, keyOf);
}

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
  const byPort = port === undefined ? undefined : systemOfPort(data, port);
  return byPort ?? systemOfDriver(data);
}
