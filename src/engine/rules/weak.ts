import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { isTooShort } from './min-length.ts';
import { realValueFix } from './real-value.ts';
import type { KeyRule, Violation } from './rule.ts';

export const weak: KeyRule = {
  id: 'weak',
  meaning:
    'A sensitive value is long, but repeats itself or follows a sequence, so that it is as easy to guess as a short one.',
  example: 'ab12ab12ab12ab12ab12ab12ab12ab12',
  remediation: 'Set a generated value, e.g. `openssl rand -base64 48`.',
  concerns: ({ entry }) => entry.sensitive === true && entry.derive === undefined,
  check: isGuessable,
};

/** An offline guess finds a value below this within hours. A random value of 12 hex digits has 48. */
const MIN_BITS = 40;
const MAX_CHECKED_LENGTH = 256;

function isGuessable(evaluation: Evaluation, managedKey: ManagedKey): Violation | undefined {
  const { key, entry } = managedKey;
  const value = evaluation.data.get(key);
  if (entry.sensitive !== true || entry.derive !== undefined || value === undefined || value.isEmpty)
    return undefined;
  if (isTooShort(evaluation, managedKey)) return undefined;
  const guessable = value.withPlaintext(({ text }) =>
    text === undefined ? value.size * 8 < MIN_BITS : !hasBits(text.slice(0, MAX_CHECKED_LENGTH), MIN_BITS),
  );
  return guessable
    ? { key, message: 'is easy to guess', fix: realValueFix(evaluation, managedKey, 'set a generated value') }
    : undefined;
}

/** Each character that neither repeats nor continues the run before it counts as the logarithm of its alphabet. */
function hasBits(text: string, least: number): boolean {
  const perCharacter = Math.log2(alphabetOf(text));
  let bits = 0;
  for (let at = 0; at < text.length; at++) {
    const isRepeat = at >= 2 && text.indexOf(text.slice(at - 2, at + 1)) < at - 2;
    if (!isRepeat && !continuesRun(text, at)) bits += perCharacter;
    if (bits >= least) return true;
  }
  return false;
}

const CLASSES: readonly (readonly [RegExp, number])[] = [
  [/[0-9]/, 10],
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[ -/:-@[-`{-~]/, 33],
  [/[^ -~]/, 128],
];

function alphabetOf(text: string): number {
  return CLASSES.reduce((size, [pattern, count]) => size + (pattern.test(text) ? count : 0), 0);
}

/** `aaa`, `123`, `cba`. */
function continuesRun(text: string, at: number): boolean {
  if (at < 2) return false;
  const step = text.charCodeAt(at) - text.charCodeAt(at - 1);
  return Math.abs(step) <= 1 && step === text.charCodeAt(at - 1) - text.charCodeAt(at - 2);
}
