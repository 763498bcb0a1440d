import type { RuleId } from '../finding/finding.ts';
import { judgePlaceholder } from '../placeholder/classify.ts';
import type { Falsehood } from '../placeholder/verdict.ts';
import type { KeyEntry } from '../policy/policy.ts';
import { isSensitiveKey } from '../secret/sensitive-keys.ts';
import type { Connection } from '../uri/connection.ts';
import { isPortableDatabase } from '../uri/encode.ts';
import { type Binding, type Case, keyNamed, valueNamed } from './evaluation.ts';
import { LONGEST_LOGIN, loginNames } from './login-key-names.ts';
import { accidentIn } from './normalise.ts';
import { connectionIn, passwordIn } from './parsed-connection.ts';

/** Longer values are files, not passwords or names. */
export const LONGEST_TEXT = 8192;

/**
 * Why nothing may be derived from this base key, as the id of the rule that says so; undefined where it is fit. A weak or short value is fit: a
 * stale URL would be worse.
 */
function unfitness(aCase: Case, key: string): RuleId | undefined {
  return (
    placeholderIn(aCase, key)?.rule ??
    (hasControlCharacter(aCase, key) ? 'control-character' : undefined) ??
    (isUnportableDatabase(aCase, key) ? 'unportable-name' : undefined) ??
    (isTooLong(aCase, key) || isBadHost(aCase, key) || isBadPort(aCase, key) ? 'format' : undefined)
  );
}

/**
 * A sensitive key must hold a secret; of any other key that a policy names only what announces itself is a placeholder. A URL with a password is
 * judged by that password, whatever its key.
 */
export function placeholderIn(aCase: Case, key: string): Falsehood | undefined {
  if (!aCase.verdicts.has(key)) aCase.verdicts.set(key, judgeValue(aCase, key));
  return aCase.verdicts.get(key);
}

function judgeValue(aCase: Case, key: string): Falsehood | undefined {
  const value = aCase.data.get(key);
  const entry = entryFor(aCase, key);
  if (value === undefined || value.isEmpty || entry === undefined || value.size > LONGEST_TEXT)
    return undefined;
  return value.look((plainValue) => {
    const { text } = plainValue;
    if (text === undefined) return undefined;
    if (passwordIn(plainValue) !== undefined)
      return judgeUrlPassword(aCase, key, entry, connectionIn(plainValue));
    if (entry === aCase.unnamed?.entry && (!isSensitiveKey(key) || isSwitch(text))) return undefined;
    const role = entry.sensitive === false ? 'name' : 'secret';
    const plain = accidentIn(value, false)?.mended.look((mended) => mended.text) ?? text;
    const verdict = judgePlaceholder(plain, { role, key, known: knownNames(aCase, key) });
    return verdict === undefined ? undefined : { ...verdict, inUrl: false };
  });
}

/** `CREDENTIALS: "true"`, `AUTH_JWT: off`: whatever the key sounds like, it turns something on or off. */
const isSwitch = (text: string): boolean => /^(?:true|false|yes|no|on|off)$/i.test(text.trim());

/** The password of a derived URL is the business of the base key that it is bound to. */
function judgeUrlPassword(
  aCase: Case,
  key: string,
  entry: KeyEntry,
  connection: Connection | undefined,
): Falsehood | undefined {
  const url = entry.derive?.template.url;
  const isBound = url?.parts
    .get('password')
    ?.some((piece) => typeof piece !== 'string' && valueNamed(aCase, piece.name) !== undefined);
  if (isBound === true && connection?.system === url?.system) return undefined;
  const own = [connection?.user?.value ?? '', connection?.database?.value ?? ''].filter(
    ({ length }) => length <= LONGEST_LOGIN,
  );
  const known = [...own, ...knownNames(aCase, key)];
  const verdict = judgePlaceholder(connection?.password?.value ?? '', { role: 'secret', key, known });
  return verdict === undefined ? undefined : { ...verdict, inUrl: true };
}

/** The entry that decides for a key: the one that names it, or that of all unnamed keys. */
const entryFor = (aCase: Case, key: string): KeyEntry | undefined =>
  aCase.governed.get(key)?.entry ?? aCase.unnamed?.entry;

/** The user's and the database's name: no secret where they stand beside it. */
function knownNames(aCase: Case, key: string): readonly string[] {
  const names: string[] = entryFor(aCase, key)?.sensitive === false ? [] : [...loginNames(aCase.request)];
  for (const [base, bindings] of aCase.bindings) {
    if (base === key || !bindings.some(({ part }) => part === 'user' || part === 'database')) continue;
    aCase.data.get(base)?.look(({ text }) => {
      if (text !== undefined && text.length <= 255) names.push(text.trim());
    });
  }
  return names;
}

/** PostgreSQL can't store NUL, and drivers disagree about the others. A trailing newline alone is the business of its own rule. */
export function hasControlCharacter(aCase: Case, key: string): boolean {
  const value = aCase.data.get(key);
  if (value === undefined || !aCase.bindings.has(key)) return false;
  const mended = accidentIn(value, false)?.mended ?? value;
  return mended.look(({ text }) => text === undefined || /[\0-\x1f\x7f]/.test(text));
}

/** Names end at 63 bytes; the longest passwords are access tokens of a cloud, of some 2,500. */
const LONGEST_BASE = 4096;

export function isTooLong(aCase: Case, key: string): boolean {
  const size = aCase.data.get(key)?.size ?? 0;
  return size > LONGEST_BASE && aCase.bindings.has(key);
}

export function isUnportableDatabase(aCase: Case, key: string): boolean {
  return (
    isIn(aCase, key, 'database', ({ free }) => !free) &&
    holds(aCase, key, (text) => !isPortableDatabase(text))
  );
}

/** A name, an address, a socket directory, or several of them; not `host:port` and not a URL. */
export function isBadHost(aCase: Case, key: string): boolean {
  const host =
    /^(\/[^\s,@?#]*|[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9._])?|\[?[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9._-]+)?\]?)$/;
  const isHost = (text: string): boolean => host.test(text) && !/^[^:]*:[0-9]*$/.test(text);
  return (
    isIn(aCase, key, 'host', ({ free, wanted }) => wanted && !free) &&
    holds(aCase, key, (text) => !text.split(',').every(isHost))
  );
}

export function isBadPort(aCase: Case, key: string): boolean {
  return (
    isIn(aCase, key, 'port', ({ free, wanted }) => wanted && !free) &&
    holds(aCase, key, (text) => !isPort(text))
  );
}

export const isPort = (text: string): boolean =>
  /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;

export function isBoundTo(aCase: Case, key: string, part: string, system = 'postgres'): boolean {
  return (
    aCase.bindings.get(key)?.some((binding) => binding.part === part && binding.system === system) ?? false
  );
}

/** It stands in a PostgreSQL URL of which this is true: what stands in no URL may have any form. */
function isIn(aCase: Case, key: string, part: string, isTrue: (binding: Binding) => boolean): boolean {
  const bindings = aCase.bindings.get(key) ?? [];
  return bindings.some((one) => one.part === part && one.system === 'postgres' && isTrue(one));
}

/** The key holds a value, mended of what is plainly an accident, of which this is true. */
function holds(aCase: Case, key: string, isTrue: (text: string) => boolean): boolean {
  const value = aCase.data.get(key);
  if (value === undefined || value.isEmpty || value.size > LONGEST_TEXT) return false;
  const mended = accidentIn(value, false)?.mended ?? value;
  return mended.look(({ text }) => text !== undefined && text !== '' && isTrue(text));
}

/** The base keys among `names` from which nothing may be derived. */
export function unfitBases(aCase: Case, names: readonly string[]): readonly string[] {
  return [...new Set(names)]
    .filter((name) => valueNamed(aCase, name) !== undefined)
    .map((name) => keyNamed(aCase, name))
    .filter((key) => unfitness(aCase, key) !== undefined);
}
