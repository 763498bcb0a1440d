import { Buffer } from 'node:buffer';
import { allOf, anyOf, type Cel, not, quote } from './cel.ts';

/*
 * The API server gives a policy the values of a Secret in base64, and CEL has no function to decode it. Base64 has one
 * spelling for each value, so much can be asked of it directly.
 */

export const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The size in base64, with padding. */
export const encodedSize = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/** The value has fewer bytes: more padding than a value of this size, if it is as long in base64. */
export function hasFewerBytes(value: Cel, bytes: number): Cel {
  const size = encodedSize(bytes);
  const padding = (size / 4) * 3 - bytes;
  if (padding === 2) return `size(${value}) < ${size}`;
  const more = padding === 1 ? '==' : '=';
  return `(size(${value}) < ${size} || (size(${value}) == ${size} && ${value}.endsWith('${more}')))`;
}

/** A class of the alphabet, as a regular expression has it. Ranges keep it short, because its size is a cost. */
function digits(isIn: (digit: number) => boolean): string {
  const ranges: string[] = [];
  [...ALPHABET].forEach((character, digit) => {
    if (!isIn(digit)) return;
    const range = ranges.at(-1) ?? '';
    const isNext = range.charCodeAt(range.length - 1) === character.charCodeAt(0) - 1;
    if (isNext) ranges[ranges.length - 1] = `${range[0]}-${character}`;
    else ranges.push(character);
  });
  return `[${ranges.join('')}]`;
}

/** The highest bit of each of three bytes is in the first, the second and the third of four digits. */
const FIRST = digits((digit) => (digit & 32) === 0);
const SECOND = digits((digit) => (digit & 8) === 0);
const THIRD = digits((digit) => (digit & 2) === 0);

/** Each byte of the value is below 128. */
const ASCII = `^(?:${FIRST}${SECOND}${THIRD}.)*(?:${FIRST}${SECOND}.=|${FIRST}.==)?$`;

export const isAscii = (value: Cel): Cel => `${value}.matches(${quote(ASCII)})`;

/** The value, which is not empty, begins with a quote. */
export const beginsWithQuote = (value: Cel): Cel => `${value}.substring(0, 2).matches('I[g-v]|J[w-z0-9+/]')`;

/**
 * The value may begin and end with quotes, or end with a line break. lockstep removes both before it validates, so the
 * length and the form of such a value are not known here. Only the ends are matched: the API server counts the cost of
 * `matches` by the size of the text.
 */
const mayBeCorrected = (value: Cel): Cel => {
  const end = `${value}.substring(size(${value}) - 4)`;
  return (
    `(size(${value}) > 3 && (${end}.matches('(?:[AEIMQUYcgkosw048][KN]|[AQgw][o0]=|Cg==|DQ==)$') || ` +
    `(${beginsWithQuote(value)} && ${end}.matches('(?:[AEIMQUYcgkosw048][in]|[CSiy][Ic]=|Ig==|Jw==)$'))))`
  );
};

/** lockstep corrects no longer value: engine/review/evaluation/input-artifact.ts. */
const MAX_CORRECTED_BYTES = 8192;

/** lockstep would not change the value before it validates it. */
export const isAsTyped = (value: Cel): Cel =>
  `(size(${value}) > ${encodedSize(MAX_CORRECTED_BYTES)} || ${not(mayBeCorrected(value))})`;

/**
 * Something is left of the value without the quotes and line breaks around it. If a value has nothing else, the first
 * of each four digits is one of these.
 */
export const isMoreThanQuotes = (value: Cel): Cel => `${value}.matches('^(?:.{4})*[^CDIJ]')`;

/** lockstep finds a value here, also if it removes quotes or a line break around it. */
export const isFilled = (value: Cel): Cel =>
  allOf([`${value} != ''`, anyOf([isAsTyped(value), isMoreThanQuotes(value)])]);

/** The value without a line break at its end, which lockstep removes before it validates. */
export const withoutLineBreak = (value: Cel): Cel =>
  `(${value}.endsWith('Cg==') ? ${value}.substring(0, size(${value}) - 4) : ` +
  `${value}.matches('[AQgw]o=$') ? ${value}.substring(0, size(${value}) - 2) + '==' : ` +
  `${value}.matches('[AEIMQUYcgkosw048]K$') ? ${value}.substring(0, size(${value}) - 1) + '=' : ${value})`;

export function beginsWith(value: Cel, text: string): Cel {
  const bytes = Buffer.from(text, 'utf8');
  const whole = bytes.length - (bytes.length % 3);
  const begun = bytes.subarray(0, whole).toString('base64');
  const [first, second] = bytes.subarray(whole);
  if (first === undefined) return `${value}.startsWith(${quote(begun)})`;
  const begins = (bits: number, shift: number): string => digits((digit) => digit >> shift === bits);
  const rest =
    second === undefined
      ? begins(first & 3, 4)
      : digits((digit) => digit === (((first & 3) << 4) | (second >> 4))) + begins(second & 15, 2);
  const start = begun.replaceAll('+', '[+]') + digits((digit) => digit === first >> 2) + rest;
  return `${value}.matches(${quote(`^${start}`)})`;
}
