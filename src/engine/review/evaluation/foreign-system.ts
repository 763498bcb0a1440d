import {
  GENERIC_KEY,
  genericSystem,
  systemOfDriver,
  systemOfPort,
  systemOfValue,
} from '../../policy/match/generic-login.ts';
import type { TemplateExpression, UrlTemplate } from '../../policy/template/template.ts';
import type { Secret } from '../../secret/secret.ts';
import { systemNamed } from '../../value/systems/systems.ts';
import type { PartName } from '../../value/uri/connection.ts';

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
  const expression = url.system === 'postgres' ? undefined : url.parts.get(part);
  for (const piece of expression ?? []) {
    if (typeof piece === 'string') continue;
    const key = keyOf(piece.name);
    if (key !== piece.name && GENERIC_KEY.test(key) && genericSystem(data) !== url.system) return true;
  }
  return false;
}

/** Whether the keys of any part do. */
export function hasKeysOfOtherSystem(
  data: Secret['data'],
  url: UrlTemplate,
  keyOf: (name: string) => string,
): boolean {
  if (url.system === 'postgres') return false;
  for (const part of url.parts.keys()) if (isKeyOfOtherSystem(data, url, part, keyOf)) return true;
  return false;
}

/** Keys named for PostgreSQL are a login of PostgreSQL, whatever other keys say. */
export function systemFromOtherKeys(
  data: Secret['data'],
  { system, parts }: UrlTemplate,
  keyOf: (name: string) => string,
): string | undefined {
  if (system !== 'postgres') return undefined;
  const password = firstName(parts.get('password'));
  if (password === undefined || systemNamed(system).keyNames?.test(keyOf(password)) === true)
    return undefined;
  const port = firstName(parts.get('port'));
  const byPort = port === undefined ? undefined : systemOfPort(data, keyOf(port));
  return byPort ?? systemOfDriver(data);
}

function firstName(expression: TemplateExpression | undefined): string | undefined {
  for (const piece of expression ?? []) if (typeof piece !== 'string') return piece.name;
  return undefined;
}
