import type { Derivation } from '../../policy/policy.ts';
import type { Secret } from '../../secret/secret.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import { systemOf } from '../../value/systems/scheme.ts';
import { parsedConnection } from './parsed-connection.ts';

/**
 * Whether the policy asks for a key that has no value. `bind: Password` selects Secrets of unknown teams. It adds no
 * URL next to another one of the same system, whatever the name of that key is.
 */
export function isAdded(
  data: Secret['data'],
  key: string,
  { addWith, addsBesideUrl, template }: Derivation,
): boolean {
  if (!addWith.every((name) => data.get(name)?.isEmpty === false)) return false;
  const system = template.url?.system;
  return addsBesideUrl || system === undefined || !hasUrlOf(data, system, key);
}

function hasUrlOf(data: Secret['data'], system: string, except: string): boolean {
  for (const [key, value] of data) if (key !== except && systemsIn(value).has(system)) return true;
  return false;
}

/** A value is read once, however many keys ask. */
const known = new WeakMap<Sensitive, ReadonlySet<string>>();

function systemsIn(value: Sensitive): ReadonlySet<string> {
  let systems = known.get(value);
  if (systems === undefined) {
    systems = readSystems(value);
    known.set(value, systems);
  }
  return systems;
}

/** The systems of all URLs in a value: it can also be a file with several of them. */
function readSystems(value: Sensitive): ReadonlySet<string> {
  if (value.isEmpty) return NONE;
  return value.withPlaintext((plain) => {
    const systems = new Set<string>();
    const { text } = plain;
    if (text === undefined) return NONE;
    const connection = value.size <= MAX_CONNECTION_BYTES ? parsedConnection(plain) : undefined;
    if (connection !== undefined) systems.add(connection.system);
    let left = MAX_URLS;
    for (let at = text.indexOf('://'); at >= 0 && left > 0; at = text.indexOf('://', at + 1), left--) {
      const [scheme] = SCHEME_AT_END.exec(text.slice(Math.max(0, at - LONGEST_SCHEME), at)) ?? [];
      if (scheme !== undefined) systems.add(systemOf(scheme));
    }
    return systems;
  });
}

const NONE: ReadonlySet<string> = new Set();
/** Longer values are files. */
const MAX_CONNECTION_BYTES = 8192;
const MAX_URLS = 1000;
const LONGEST_SCHEME = 64;
const SCHEME_AT_END = /[a-z][a-z0-9+.:-]*$/i;
