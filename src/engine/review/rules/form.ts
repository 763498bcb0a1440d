import { Buffer } from 'node:buffer';
import { type PatternText, patternOf } from '../../policy/pattern.ts';
import { hasCharacters, MAX_CHARACTER_BYTES } from '../../secret/characters.ts';
import { placeOfFix } from '../../secret/owners.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import { hasControlCharacter } from '../derivation/base-key-check.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { factsByKey } from '../evaluation/facts-by-key.ts';
import { realValueFix } from './real-value.ts';
import type { ValueRule, Violation } from './rule.ts';

export const minLength: ValueRule = {
  id: 'min-length',
  meaning:
    'The value has fewer characters than the policy asks for. Fewer than it only recommends are a warning.',
  example: 'a JWT_SECRET of 12 characters where 32 are asked for',
  remediation: 'Set a longer value, e.g. `openssl rand -base64 48`.',
  check: lacksCharacters,
};

function lacksCharacters(
  evaluation: Evaluation,
  managedKey: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  const { key, entry } = managedKey;
  const violation = (least: number | undefined): Violation => ({
    key,
    message: `is shorter than ${least} characters`,
    fix: realValueFix(evaluation, managedKey, 'set a longer value'),
  });
  if (isShorter(value, entry.minLength)) return violation(entry.minLength);
  return isShorter(value, entry.recommendedLength)
    ? { ...violation(entry.recommendedLength), maxAction: 'Warn' }
    : undefined;
}

/** The value has fewer characters than a policy asks for. */
export function isShorter(value: Sensitive, least: number | undefined): boolean {
  // Only a size below this bound needs a count of the characters.
  if (least === undefined) return false;
  if (value.size >= least * MAX_CHARACTER_BYTES) return false;
  return !value.withPlaintext((plain) => hasCharacters(plain, least));
}

export const maxLength: ValueRule = {
  id: 'max-length',
  meaning: 'The value has more characters than the policy allows: a program or a column would cut it off.',
  example: 'a PASSWORD of 80 characters where 72 are allowed, as bcrypt reads no more',
  remediation: 'Set a shorter value.',
  check: hasTooManyCharacters,
};

function hasTooManyCharacters(
  { request }: Evaluation,
  { key, entry }: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  const most = entry.maxLength;
  // No value has more characters than bytes.
  if (most === undefined || value.size <= most) return undefined;
  if (!value.withPlaintext((plain) => hasCharacters(plain, most + 1))) return undefined;
  return {
    key,
    message: `is longer than ${most} characters`,
    fix: `set a shorter value${placeOfFix(request.secret)}`,
  };
}

export const prefix: ValueRule = {
  id: 'prefix',
  meaning: 'The value does not begin with the text that the policy asks for, or a secret is this text alone.',
  example: 'STRIPE_SECRET_KEY: sk_test_… where production asks for sk_live_',
  remediation: 'Set the value for this environment, which begins with the text.',
  check: lacksPrefix,
};

function lacksPrefix(
  { request }: Evaluation,
  { key, entry }: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  const { prefix: wanted, sensitive } = entry;
  if (wanted === undefined) return undefined;
  const start = Buffer.from(wanted, 'utf8');
  // `withBeginning` may leave out the last character.
  const hasPrefix = value.withBeginning(start.length + MAX_CHARACTER_BYTES, ({ bytes }) =>
    start.equals(bytes.subarray(0, start.length)),
  );
  const isBare = sensitive === true && value.size === start.length;
  if (hasPrefix && !isBare) return undefined;
  return {
    key,
    message: hasPrefix ? `is only the prefix "${wanted}"` : `does not begin with "${wanted}"`,
    fix: `set a value that begins with "${wanted}"${placeOfFix(request.secret)}`,
  };
}

export const allowedText: ValueRule = {
  id: 'enum',
  meaning:
    'The value is none of the texts that the policy allows. The finding names them only if the key is not sensitive.',
  example: 'LOG_LEVEL: verbose where debug, info and warn are allowed',
  remediation: 'Set one of the texts under `enum` in the policy.',
  check: isNotAllowed,
};

/** A terminal shows this many without a second line. */
const MAX_NAMED = 10;

function isNotAllowed(
  { request }: Evaluation,
  { key, entry }: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  const { enum: allowed, sensitive } = entry;
  if (allowed === undefined) return undefined;
  const longest = Math.max(...allowed.map(({ length }) => length)) * MAX_CHARACTER_BYTES;
  const isAllowed =
    value.size <= longest && value.withPlaintext(({ text }) => text !== undefined && allowed.includes(text));
  if (isAllowed) return undefined;
  const place = placeOfFix(request.secret);
  return {
    key,
    message: 'is none of the texts that the policy allows',
    // A policy may list secrets by mistake, and not every reader of a finding may read policies.
    fix: sensitive === false ? `set ${oneOf(allowed)}${place}` : `set one of those texts${place}`,
  };
}

export function oneOf(allowed: readonly string[]): string {
  const named = allowed.slice(0, MAX_NAMED).map((text) => `"${text}"`);
  const more = allowed.length - named.length;
  if (more > 0) return `one of ${named.join(', ')} and ${more} more texts of the policy`;
  return allowed.length === 1 ? named.join() : `one of ${named.join(', ')}`;
}

export const pattern: ValueRule = {
  id: 'pattern',
  meaning:
    'The value does not match the regular expression of the policy, is too long for it, or is not text. The finding shows the expression only if the key is not sensitive.',
  example: 'REGION: Frankfurt where ^[a-z]{2}-[a-z]+-[0-9]$ is asked for',
  remediation: 'Set a value that matches `pattern` in the policy.',
  check: hasNoMatch,
};

function hasNoMatch(
  evaluation: Evaluation,
  { key, entry }: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  const wanted = entry.pattern;
  if (wanted === undefined) return undefined;
  const message = fault(evaluation, key, () => faultOf(value, wanted, entry.sensitive === false));
  if (message === undefined) return undefined;
  const place = placeOfFix(evaluation.request.secret);
  return { key, message, fix: `set a value that matches it${place}` };
}

/** Several steps of a review ask for it, and it is the most expensive check of a value. */
const fault = factsByKey<string | undefined>();

function faultOf(value: Sensitive, wanted: PatternText, isShown: boolean): string | undefined {
  const { maxCharacters, matches } = patternOf(wanted);
  const text = isShown ? `the pattern "${wanted.text}"` : 'the pattern of the policy';
  const tooLong = `is too long for ${text}, which is asked of at most ${maxCharacters} characters`;
  if (value.size > maxCharacters * MAX_CHARACTER_BYTES) return tooLong;
  return value.withPlaintext((plain) => {
    if (hasCharacters(plain, maxCharacters + 1)) return tooLong;
    return plain.text !== undefined && matches(plain.text) ? undefined : `does not match ${text}`;
  });
}

export const controlCharacter: ValueRule = {
  id: 'control-character',
  meaning:
    'A value that goes into a connection URL holds a control character or bytes that are not text. PostgreSQL can not store NUL, and drivers drop a tab or a newline silently.',
  example: 'a password with a line break in the middle',
  remediation: 'Set a value of printable characters.',
  final: true,
  check: (evaluation: Evaluation, { key }: ManagedKey): Violation | undefined =>
    hasControlCharacter(evaluation, key)
      ? {
          key,
          message: 'holds a control character or bytes that are not text',
          fix: `set a value of printable characters${placeOfFix(evaluation.request.secret)}`,
        }
      : undefined,
};
