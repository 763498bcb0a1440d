import type { Sensitive } from '../../secret/sensitive.ts';
import { isReadAsSecret } from '../derivation/placeholder-match.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { isShorter } from './form.ts';
import { realValueFix } from './real-value.ts';
import type { ValueRule, Violation } from './rule.ts';

export const weak: ValueRule = {
  id: 'weak',
  meaning:
    'A sensitive value is long, but repeats itself or follows a sequence, so that it is as easy to guess as a short one. A secret of fewer than 8 characters is a warning, also if no policy names its key.',
  example: 'ab12ab12ab12ab12ab12ab12ab12ab12',
  remediation: 'Set a generated value, e.g. `openssl rand -base64 48`.',
  check: isGuessable,
};

/** An offline guess finds a value below this within hours. A random value of 12 hex digits has 48. */
const MIN_BITS = 40;
const MAX_CHECKED_LENGTH = 256;

function isGuessable(
  evaluation: Evaluation,
  managedKey: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  const { key, entry } = managedKey;
  if (entry.sensitive === 'placeholders') return shortSecret(evaluation, managedKey, value);
  if (entry.sensitive !== true || entry.derive !== undefined) return undefined;
  if (isShorter(value, entry.minLength)) return undefined;
  const guessable = value.withPlaintext(({ text }) =>
    text === undefined ? value.size * 8 < MIN_BITS : !hasBits(text.slice(0, MAX_CHECKED_LENGTH), MIN_BITS),
  );
  return guessable
    ? { key, message: 'is easy to guess', fix: realValueFix(evaluation, managedKey, 'set a generated value') }
    : undefined;
}

/** NIST SP 800-63B, 5.1.1.1. */
const MIN_SECRET_LENGTH = 8;

/** `BCRYPT_SALT: 10`, `TOKENS: 4096`, `LOGIN_PIN: 8351`: a number there is a setting, or as long as its form is. */
const QUANTITY = /(?:salt|tokens|(?<![a-z])pin)$/i;

/** A warning only: no policy says how long the value of this key must be. */
function shortSecret(
  evaluation: Evaluation,
  managedKey: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  const { key } = managedKey;
  if (!isShorter(value, MIN_SECRET_LENGTH) || !isReadAsSecret(evaluation, key)) return undefined;
  if (QUANTITY.test(key) && value.withPlaintext(({ text }) => /^\d+$/.test(text ?? ''))) return undefined;
  const message = `is shorter than ${MIN_SECRET_LENGTH} characters`;
  return { key, message, fix: realValueFix(evaluation, managedKey, 'set a longer value'), maxAction: 'Warn' };
}

/** Each character that neither repeats nor continues the run before it counts as the logarithm of its alphabet. */
function hasBits(text: string, least: number): boolean {
  const perCharacter = Math.log2(alphabetOf(text));
  let bits = 0;
  for (let at = 0; at < text.length; at++) {
    if (!isRepeat(text, at) && !continuesRun(text, at)) bits += perCharacter;
    if (bits >= least) return true;
  }
  return false;
}

/** The text holds the three characters that end here before. */
function isRepeat(text: string, at: number): boolean {
  if (at < 2) return false;
  const [a, b, c] = [text.charCodeAt(at - 2), text.charCodeAt(at - 1), text.charCodeAt(at)];
  for (let before = 0; before < at - 2; before++)
    if (
      text.charCodeAt(before) === a &&
      text.charCodeAt(before + 1) === b &&
      text.charCodeAt(before + 2) === c
    )
      return true;
  return false;
}

/** Characters, and how many there are: digits, letters, other printable ones, and all others. */
const ALPHABETS: readonly (readonly [pattern: RegExp, size: number])[] = [
  [/[0-9]/, 10],
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[ -/:-@[-`{-~]/, 33],
  [/[^ -~]/, 128],
];

function alphabetOf(text: string): number {
  let size = 0;
  for (const [pattern, count] of ALPHABETS) if (pattern.test(text)) size += count;
  return size;
}

/** `aaa`, `123`, `cba`. */
function continuesRun(text: string, at: number): boolean {
  if (at < 2) return false;
  const step = text.charCodeAt(at) - text.charCodeAt(at - 1);
  return Math.abs(step) <= 1 && step === text.charCodeAt(at - 1) - text.charCodeAt(at - 2);
}
