import { base64, beginning, encodedSize } from '../base64.ts';
import { anyOf, type Cel, listOf, quote } from '../cel.ts';
import { PATTERNS, PHRASES, type Phrase } from './patterns.ts';
import { type FloorRole, type PlaceholderGroup, usualPlaceholders } from './usual.ts';

/*
 * CEL decodes a value in about a thousand steps, and then asks dozens of patterns and lists about it. The first four
 * digits of base64 show that nearly no value begins like a placeholder.
 */

/** Four digits in base64 hold so many bytes. */
const BYTES = 3;

/** The value, which is not empty, begins like a placeholder that the floor may find in this role. */
export function mayBePlaceholder(value: Cel, role: FloorRole): Cel {
  const digits = [...new Set([...beginningsOf(role)].flatMap(firstDigits))].sort();
  const isListed = `${value}.substring(0, ${encodedSize(BYTES)}) in ${listOf(digits)}`;
  if (role === 'any') return isListed;
  const fixed = PATTERNS.flatMap(({ patterns }) => patterns.map((pattern) => beginning(fixedStart(pattern))));
  return anyOf([isListed, `${value}.matches(${quote(`^(?:${[...new Set(fixed)].join('|')})`)})`]);
}

function* beginningsOf(role: FloorRole): Generator<string> {
  for (const group of usualPlaceholders(role)) yield* spelledTexts(group);
  if (role === 'any') return;
  for (const phrase of PHRASES)
    for (const separator of ['-', '_'])
      for (const text of phraseBeginnings(phrase, separator)) yield* [text, text.toUpperCase()];
}

/**
 * The texts of a group in each spelling that the floor finds.
 *
 * @internal Exported for tests.
 */
export const spelledTexts = ({ spelling, texts }: PlaceholderGroup): readonly string[] =>
  texts.flatMap((text) => [
    text,
    ...(spelling === 'exact' ? [] : [text.toUpperCase()]),
    ...(spelling === 'capitalised' ? [text.charAt(0).toUpperCase() + text.slice(1)] : []),
  ]);

/** The beginnings of all texts of a phrase, with at least so many bytes, or whole texts. */
function phraseBeginnings(phrase: Phrase, separator: string): ReadonlySet<string> {
  let begun: readonly string[] = [''];
  for (const choices of phrase)
    begun = begun.flatMap((start) => (start.length < BYTES ? extended(start, choices, separator) : start));
  return new Set(begun.map((text) => text.slice(0, BYTES)));
}

const extended = (start: string, choices: readonly string[], separator: string): readonly string[] =>
  choices.map((choice) =>
    [start, choice.replaceAll('-', separator)].filter((text) => text !== '').join(separator),
  );

/** A line break at the end of a short text belongs to the first digits, and lockstep removes it. */
const firstDigits = (text: string): readonly string[] =>
  (Buffer.byteLength(text) < BYTES ? [text, `${text}\n`] : [text]).map((one) =>
    base64(one).slice(0, encodedSize(BYTES)),
  );

/** The signs that each text of the pattern begins with: those before the first group, class or repetition. */
function fixedStart(pattern: string): string {
  const [start = ''] = /^\^(?:\\[^A-Za-z0-9]|[^\\[\](){}.*+?|$])+/.exec(pattern) ?? [];
  const isRepeated = /^[*?+{]/.test(pattern.slice(start.length));
  return start.slice(1, isRepeated ? -1 : undefined).replaceAll('\\', '');
}
