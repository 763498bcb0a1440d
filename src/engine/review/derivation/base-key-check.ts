import type { RuleId } from '../../secret/finding/finding.ts';
import type { PartName } from '../../value/uri/connection.ts';
import { isPortableDatabase } from '../../value/uri/encode.ts';
import { type Evaluation, keyByName, type UrlBinding, valueByName } from '../evaluation/evaluation.ts';
import { inputArtifactOf, MAX_TEXT_BYTES } from '../evaluation/input-artifact.ts';
import { placeholderMatchOf } from './placeholder-match.ts';

/**
 * The ID of the rule that makes this base key invalid. Undefined if the key is valid. A weak or short value is valid: a
 * stale URL would be worse.
 */
function baseKeyFault(evaluation: Evaluation, key: string): RuleId | undefined {
  if (evaluation.request.secret.undecoded?.has(key)) return 'format';
  return (
    placeholderMatchOf(evaluation, key)?.rule ??
    (hasControlCharacter(evaluation, key) ? 'control-character' : undefined) ??
    (isUnportableDatabase(evaluation, key) ? 'unportable-name' : undefined) ??
    (isTooLong(evaluation, key) || isBadHost(evaluation, key, ANY) || isBadPort(evaluation, key, ANY)
      ? 'format'
      : undefined)
  );
}

/** PostgreSQL can't store NUL, and drivers disagree about the others. A trailing newline alone has its own rule. */
export function hasControlCharacter(evaluation: Evaluation, key: string): boolean {
  const value = evaluation.data.get(key);
  if (value === undefined || !evaluation.bindings.has(key)) return false;
  const normalised = inputArtifactOf(value, false)?.corrected ?? value;
  return normalised.withPlaintext(({ text }) => text === undefined || /[\0-\x1f\x7f]/.test(text));
}

/** Names end at 63 bytes. The longest passwords are cloud access tokens, with about 2,500 bytes. */
const MAX_BASE_KEY_BYTES = 4096;

export function isTooLong(evaluation: Evaluation, key: string): boolean {
  const size = evaluation.data.get(key)?.size ?? 0;
  return size > MAX_BASE_KEY_BYTES && evaluation.bindings.has(key);
}

export function isUnportableDatabase(evaluation: Evaluation, key: string): boolean {
  return (
    evaluation.bindings.isPart(key, 'database') &&
    hasMatchingText(evaluation, key, (text) => !isPortableDatabase(text)) &&
    isInUrl(evaluation, key, 'database', ({ free }) => !free)
  );
}

const HOST =
  /^(\/[^\s,@?#]*|[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9._])?|\[?[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9._-]+)?\]?)$/;
const isHost = (text: string): boolean => HOST.test(text) && !/^[^:]*:[0-9]*$/.test(text);

/** A host is a name, an address, a socket directory, or several of them. It is not `host:port` and not a URL. */
export function isBadHost(evaluation: Evaluation, key: string, isOf = POSTGRES): boolean {
  return (
    evaluation.bindings.isPart(key, 'host') &&
    hasMatchingText(evaluation, key, (text) => !text.split(',').every(isHost)) &&
    isInUrl(evaluation, key, 'host', ({ free, wanted }) => wanted && !free, isOf)
  );
}

export function isBadPort(evaluation: Evaluation, key: string, isOf = POSTGRES): boolean {
  return (
    evaluation.bindings.isPart(key, 'port') &&
    hasMatchingText(evaluation, key, (text) => !isPort(text)) &&
    isInUrl(evaluation, key, 'port', ({ free, wanted }) => wanted && !free, isOf)
  );
}

export const isPort = (text: string): boolean =>
  /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;

export function isBoundTo(evaluation: Evaluation, key: string, part: PartName, system = 'postgres'): boolean {
  return evaluation.bindings.some(key, part, (binding) => binding.system === system);
}

const POSTGRES = ({ system }: UrlBinding): boolean => system === 'postgres';
/** No URL gets such a host or port. Only next to PostgreSQL is it a finding: clients of others read `mysql:3306`. */
const ANY = (): boolean => true;

/**
 * The value is in a URL of the system for which `isTrue` holds. A value in no URL may have any form. Callers ask it
 * last, because it reads the URL and the keys next to it.
 */
function isInUrl(
  evaluation: Evaluation,
  key: string,
  part: PartName,
  isTrue: (binding: UrlBinding) => boolean,
  isOf = POSTGRES,
): boolean {
  return evaluation.bindings.some(key, part, (one) => isOf(one) && isTrue(one));
}

/** The key holds a value for which `isTrue` holds, after the correction of an input accident. */
function hasMatchingText(evaluation: Evaluation, key: string, isTrue: (text: string) => boolean): boolean {
  const value = evaluation.data.get(key);
  if (value === undefined || value.isEmpty || value.size > MAX_TEXT_BYTES) return false;
  const normalised = inputArtifactOf(value, false)?.corrected ?? value;
  return normalised.withPlaintext(({ text }) => text !== undefined && text !== '' && isTrue(text));
}

/** Nothing may be derived from the value of this key. */
export const isInvalidBaseKey = (evaluation: Evaluation, key: string): boolean =>
  evaluation.data.get(key)?.isEmpty === false && baseKeyFault(evaluation, key) !== undefined;

/** The base keys among `names` that are invalid, so nothing may be derived from them. */
export function invalidBaseKeys(evaluation: Evaluation, names: readonly string[]): readonly string[] {
  return [...new Set(names)]
    .filter((name) => valueByName(evaluation, name) !== undefined)
    .map((name) => keyByName(evaluation, name))
    .filter((key) => isInvalidBaseKey(evaluation, key));
}
