import { Buffer } from 'node:buffer';
import { type Cel, not, quote } from './cel.ts';

/*
 * The API server gives a policy the values of a Secret in base64, and CEL has no function to decode it. Base64 has one
 * spelling for each value, so much can be asked of it directly.
 */

export const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The size of the value in bytes. */
export const bytesOf = (value: Cel): Cel =>
  `(size(${value}) / 4 * 3 - (${value}.endsWith('==') ? 2 : ${value}.endsWith('=') ? 1 : 0))`;

/** The size in base64, with padding. */
export const encodedSize = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/** A class of the alphabet, as a regular expression has it. */
const digits = (isIn: (digit: number) => boolean): string =>
  `[${[...ALPHABET].filter((_, digit) => isIn(digit)).join('')}]`;

const ANY = '[A-Za-z0-9+/]';
/** The highest bit of each of three bytes is in the first, the second and the third of four digits. */
const FIRST = digits((digit) => (digit & 32) === 0);
const SECOND = digits((digit) => (digit & 8) === 0);
const THIRD = digits((digit) => (digit & 2) === 0);

/** Each byte of the value is below 128. */
const ASCII = `^(?:${FIRST}${SECOND}${THIRD}${ANY})*(?:${FIRST}${SECOND}${ANY}=|${FIRST}${ANY}==)?$`;

export const isAscii = (value: Cel): Cel => `${value}.matches(${quote(ASCII)})`;

/**
 * The value may begin and end with quotes, or end with a line break. lockstep removes both before it validates, so the
 * length and the form of such a value are not known here.
 */
const mayHaveArtifact = (value: Cel): Cel =>
  `((${value}.matches('^(?:I[g-v]|J[w-z0-9+/])') && ${value}.matches('(?:[AEIMQUYcgkosw048][in]|[CSiy][Ic]=|Ig==|Jw==)$')) || ` +
  `${value}.matches('(?:[AEIMQUYcgkosw048][KN]|[AQgw][o0]=|Cg==|DQ==)$'))`;

/** Longer values have no accidents of typing: engine/evaluation/input-artifact.ts. */
const MAX_ARTIFACT_BYTES = 8192;

/** lockstep would not change the value before it validates it. */
export const isAsTyped = (value: Cel): Cel =>
  `(size(${value}) > ${encodedSize(MAX_ARTIFACT_BYTES)} || ${not(mayHaveArtifact(value))})`;

/** The value without a line break at its end, which lockstep removes before it validates. */
export const withoutLineBreak = (value: Cel): Cel =>
  `(${value}.endsWith('Cg==') ? ${value}.substring(0, size(${value}) - 4) : ` +
  `${value}.matches('[AQgw]o=$') ? ${value}.substring(0, size(${value}) - 2) + '==' : ` +
  `${value}.matches('[AEIMQUYcgkosw048]K$') ? ${value}.substring(0, size(${value}) - 1) + '=' : ${value})`;

/** The value begins with this text. */
export function beginsWith(value: Cel, text: string): Cel {
  const bytes = Buffer.from(text, 'utf8');
  const whole = bytes.length - (bytes.length % 3);
  const begun = bytes.subarray(0, whole).toString('base64');
  const rest = bytes.subarray(whole);
  if (rest.length === 0) return `${value}.startsWith(${quote(begun)})`;
  const [first = 0, second = 0] = rest;
  const begins = (bits: number, shift: number): string => digits((digit) => digit >> shift === bits);
  const pattern =
    rest.length === 1
      ? `${ALPHABET[first >> 2]}${begins(first & 3, 4)}`
      : `${ALPHABET[first >> 2]}${ALPHABET[((first & 3) << 4) | (second >> 4)]}${begins(second & 15, 2)}`;
  return `${value}.matches(${quote(`^${begun.replace(/[+]/g, '[+]')}${pattern}`)})`;
}

/** Variables that `decoded` needs. */
export const DECODER = [
  {
    name: 'digits',
    expression: `{${[...ALPHABET].map((sign, digit) => `'${sign}': ${digit}`).join(', ')}, '=': 0}`,
  },
  {
    // Padding is no text. A control character has no place in a password or a URL, and becomes a tab.
    name: 'ascii',
    expression: `[${Array.from({ length: 128 }, (_, code) =>
      code === 0 ? "''" : code < 32 || code === 127 ? "'\\t'" : quote(String.fromCharCode(code)),
    ).join(', ')}]`,
  },
] as const;

/** A longer value is not decoded: the API server limits the cost of an expression. */
const MAX_DECODED_BYTES = 768;

/**
 * The text of the value, if it is ASCII with at most this many bytes, else empty. NUL bytes are lost: `isWhole` says
 * whether there are any.
 */
export function decoded(value: Cel, maxBytes: number): Cel {
  const ends = encodedSize(Math.min(maxBytes, MAX_DECODED_BYTES));
  const groups = Array.from({ length: ends / 4 }, (_, group) => group * 4).join(', ');
  return (
    `(size(${value}) > ${ends} || !${isAscii(value)} ? '' : ` +
    `[${value}.split('').map(sign, variables.digits[sign])].map(n, ` +
    `[${groups}].filter(at, at < size(n)).map(at, n[at] * 262144 + n[at + 1] * 4096 + n[at + 2] * 64 + n[at + 3])` +
    `.map(b, variables.ascii[b / 65536] + variables.ascii[b / 256 % 256] + variables.ascii[b % 256]).join(''))[0])`
  );
}

/** The decoded text is the whole value, without control characters. */
export const isWhole = (text: Cel, value: Cel): Cel =>
  `(${text} != '' && size(${text}) == ${bytesOf(value)} && !${text}.contains('\\t'))`;
