import { Buffer } from 'node:buffer';
import { MAX_CHARACTER_BYTES } from '../secret/characters.ts';
import { allOf, anyOf, type Cel, concat, not, quote, when } from './cel.ts';

/*
 * The API server gives a policy the values of a Secret in base64, and CEL has no function to decode it. Base64 has one
 * spelling for each value, so much can be asked of it directly.
 */

export const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The size of the value in bytes. */
const bytesOf = (value: Cel): Cel =>
  `(size(${value}) / 4 * 3 - (${value}.endsWith('==') ? 2 : ${value}.endsWith('=') ? 1 : 0))`;

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
  const ranges: { first: string; last: string }[] = [];
  [...ALPHABET].forEach((sign, digit) => {
    if (!isIn(digit)) return;
    const range = ranges.at(-1);
    if (range?.last.charCodeAt(0) === sign.charCodeAt(0) - 1) range.last = sign;
    else ranges.push({ first: sign, last: sign });
  });
  const texts = ranges.map(({ first, last }) =>
    last.charCodeAt(0) - first.charCodeAt(0) > 1 ? `${first}-${last}` : first === last ? first : first + last,
  );
  return `[${texts.join('')}]`;
}

const ANY = '[A-Za-z0-9+/]';
/** The highest bit of each of three bytes is in the first, the second and the third of four digits. */
const FIRST = digits((digit) => (digit & 32) === 0);
const SECOND = digits((digit) => (digit & 8) === 0);
const THIRD = digits((digit) => (digit & 2) === 0);

/** Each byte of the value is below 128. */
const ASCII = `^(?:${FIRST}${SECOND}${THIRD}${ANY})*(?:${FIRST}${SECOND}${ANY}=|${FIRST}${ANY}==)?$`;

export const isAscii = (value: Cel): Cel => `${value}.matches(${quote(ASCII)})`;

/** The value, which is not empty, begins with a quote. */
export const beginsWithQuote = (value: Cel): Cel => `${value}.substring(0, 2).matches('I[g-v]|J[w-z0-9+/]')`;

/**
 * The value may begin and end with quotes, or end with a line break. lockstep removes both before it validates, so the
 * length and the form of such a value are not known here. Only the ends are matched: the API server counts the cost of
 * `matches` by the size of the text.
 */
const mayHaveArtifact = (value: Cel): Cel => {
  const end = `${value}.substring(size(${value}) - 4)`;
  return (
    `(size(${value}) > 3 && (${end}.matches('(?:[AEIMQUYcgkosw048][KN]|[AQgw][o0]=|Cg==|DQ==)$') || ` +
    `(${beginsWithQuote(value)} && ${end}.matches('(?:[AEIMQUYcgkosw048][in]|[CSiy][Ic]=|Ig==|Jw==)$'))))`
  );
};

/** Longer values have no accidents of typing: engine/evaluation/input-artifact.ts. */
const MAX_ARTIFACT_BYTES = 8192;

/** lockstep would not change the value before it validates it. */
export const isAsTyped = (value: Cel): Cel =>
  `(size(${value}) > ${encodedSize(MAX_ARTIFACT_BYTES)} || ${not(mayHaveArtifact(value))})`;

/** The first of each four digits is one of these in a value that has only quotes and line breaks. */
const MORE_THAN_ACCIDENTS = '^(?:.{4})*[^CDIJ]';

/** Something is left of the value when lockstep has removed quotes and line breaks around it. */
export const isMoreThanAccidents = (value: Cel): Cel => `${value}.matches('${MORE_THAN_ACCIDENTS}')`;

/** lockstep finds a value here, also if it removes quotes or a line break around it. */
export const isFilled = (value: Cel): Cel =>
  allOf([`${value} != ''`, anyOf([isAsTyped(value), isMoreThanAccidents(value)])]);

/** The value without a line break at its end, which lockstep removes before it validates. */
export const withoutLineBreak = (value: Cel): Cel =>
  `(${value}.endsWith('Cg==') ? ${value}.substring(0, size(${value}) - 4) : ` +
  `${value}.matches('[AQgw]o=$') ? ${value}.substring(0, size(${value}) - 2) + '==' : ` +
  `${value}.matches('[AEIMQUYcgkosw048]K$') ? ${value}.substring(0, size(${value}) - 1) + '=' : ${value})`;

/** The value begins with this text. */
export function beginsWith(value: Cel, text: string): Cel {
  const bytes = Buffer.byteLength(text, 'utf8');
  return bytes % 3 === 0
    ? `${value}.startsWith(${quote(base64(text))})`
    : `${value}.matches(${quote(`^${beginning(text)}`)})`;
}

/** The first digits of a value that begins with this text, as a regular expression. */
export function beginning(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  const whole = bytes.length - (bytes.length % 3);
  const begun = bytes.subarray(0, whole).toString('base64').replace(/[+]/g, '[+]');
  const [first, second] = bytes.subarray(whole);
  if (first === undefined) return begun;
  const begins = (bits: number, shift: number): string => digits((digit) => digit >> shift === bits);
  if (second === undefined)
    return `${begun}${digits((digit) => digit === first >> 2)}${begins(first & 3, 4)}`;
  const two = ((first & 3) << 4) | (second >> 4);
  return `${begun}${digits((digit) => digit === first >> 2)}${digits((digit) => digit === two)}${begins(second & 15, 2)}`;
}

/** The longest value that is decoded, in bytes: the API server limits the cost of an expression. */
const MAX_DECODED_BYTES = 768;

/** Groups of four digits are three bytes. This is where the groups of a value begin, if it has at most this size. */
const groupsOf = (bytes: number): Cel =>
  `[${Array.from({ length: encodedSize(bytes) / 4 }, (_, group) => group * 4).join(', ')}]`;

/** A byte of UTF-8 by the bytes that may stand next to it. `B`, `C` and `D` continue a character. */
function classOf(byte: number): string {
  if (byte < 0x80) return 'A';
  if (byte < 0x90) return 'B';
  if (byte < 0xa0) return 'C';
  if (byte < 0xc0) return 'D';
  if (byte >= 0xc2 && byte < 0xe0) return 'E';
  if (byte === 0xe0) return 'F';
  if (byte === 0xed) return 'H';
  if (byte > 0xe0 && byte < 0xf0) return 'G';
  if (byte === 0xf0) return 'I';
  if (byte > 0xf0 && byte < 0xf4) return 'J';
  return byte === 0xf4 ? 'K' : 'Z';
}
const UTF8 = '^(?:A|E[BCD]|F[D][BCD]|G[BCD]{2}|H[BC][BCD]|I[CD][BCD]{2}|J[BCD]{3}|KB[BCD]{2})*$';

/** Variables that `decoded` and `characterCounts` need. */
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
  { name: 'groups', expression: groupsOf(MAX_DECODED_BYTES) },
  {
    name: 'classes',
    expression: `'${Array.from({ length: 256 }, (_, byte) => classOf(byte)).join('')}'.split('')`,
  },
] as const;

/** The signs of the bytes of the value, joined. `signs` is a list with one for each byte. */
const signsOf = (value: Cel, groups: Cel, signs: Cel): Cel =>
  `[${value}.split('').map(sign, variables.digits[sign])].map(n, ` +
  `${groups}.filter(at, at < size(n)).map(at, n[at] * 262144 + n[at + 1] * 4096 + n[at + 2] * 64 + n[at + 3])` +
  `.map(b, ${signs}[b / 65536] + ${signs}[b / 256 % 256] + ${signs}[b % 256]).join(''))[0]`;

/** A longer ASCII value is not counted: it would cost too much. */
export const MAX_ASCII_BYTES = 3072;

/** The largest number of characters that is compared with that of a value outside ASCII. */
export const MAX_CHARACTERS = MAX_DECODED_BYTES / MAX_CHARACTER_BYTES;

/** So many values are decoded by one expression. */
const MAX_COUNTED_VALUES = 20;

/**
 * Variables with the values outside ASCII and their numbers of characters, as the engine counts them: bytes that are no
 * UTF-8 are one each. A longer value has at least `MAX_CHARACTERS`, and is not in the list.
 */
export function characterCounts(
  values: readonly { readonly isHeld: Cel; readonly value: Cel }[],
): readonly { readonly name: string; readonly expression: Cel }[] {
  return Array.from({ length: Math.ceil(values.length / MAX_COUNTED_VALUES) }, (_, number) => {
    const some = values.slice(number * MAX_COUNTED_VALUES, (number + 1) * MAX_COUNTED_VALUES);
    const held = concat(some.map(({ isHeld, value }) => when(isHeld, `[${value}]`, '[]')));
    const signs = `${signsOf('value', 'variables.groups', 'variables.classes')}.substring(0, ${bytesOf('value')})`;
    return {
      name: `characters${number}`,
      expression:
        `(${held}).filter(value, size(value) <= ${encodedSize(MAX_DECODED_BYTES)} && !${isAscii('value')})` +
        `.map(value, [value, ${signs}]).map(one, [dyn(one[0]), dyn(one[1].matches('${UTF8}') ? one[1].findAll('[^B-D]').size() : one[1].size())])`,
    };
  });
}

/** The number of characters is in the list, and fulfils the condition. */
export const hasCount = (value: Cel, place: number, condition: string): Cel =>
  `variables.characters${Math.floor(place / MAX_COUNTED_VALUES)}.exists(one, one[0] == ${value} && one[1] ${condition})`;

/**
 * The text of the value, if it is ASCII with at most this many bytes, else empty. NUL bytes are lost: `isWhole` says
 * whether there are any.
 */
export const decoded = (value: Cel, maxBytes: number): Cel =>
  `(size(${value}) > ${encodedSize(maxBytes)} || !${isAscii(value)} ? '' : ` +
  `${signsOf(value, groupsOf(maxBytes), 'variables.ascii')})`;

/** The decoded text is the whole value, without control characters. */
export const isWhole = (text: Cel, value: Cel): Cel =>
  `(${text} != '' && size(${text}) == ${bytesOf(value)} && !${text}.contains('\\t'))`;
