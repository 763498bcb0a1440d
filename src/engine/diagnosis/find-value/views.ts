import { Buffer } from 'node:buffer';
import { gunzipSync } from 'node:zlib';

/** A way to write a value. `escaped` has backslashes, as in JSON and in a shell. `quoted` doubles quotes. */
export type Encoding = 'base64' | 'hex' | 'percent' | 'escaped' | 'quoted' | 'xml' | 'gzip';

/** A text as it reads after one decoding. Each character is one byte. */
export interface View {
  readonly encoding: Encoding;
  readonly text: string;
}

/** The text is too large once it is decompressed, so it is not read. */
export class OversizedView extends Error {}

/**
 * Each text that this one may encode, one at a time. A part that is not encoded stays as it is. A text without a trace
 * of an encoding has no view of it.
 */
export function* viewsOf(bytes: string): Generator<View> {
  if (bytes.startsWith('\u001f\u008b')) yield* gunzipped(bytes);
  const text = textIn(bytes);
  if (text.includes('\\')) yield* unescaped(text);
  if (/%[\da-f]{2}/i.test(text)) yield { encoding: 'percent', text: withoutPercent(text) };
  // A form writes a blank as `+`.
  if (text.includes('+')) yield { encoding: 'percent', text: withoutPercent(text.replaceAll('+', ' ')) };
  if (/'\\''|'"'"'/.test(text)) yield { encoding: 'quoted', text: text.replace(/'\\''|'"'"'/g, "'") };
  for (const [pair, one] of DOUBLED)
    if (text.includes(pair)) yield { encoding: 'quoted', text: text.replaceAll(pair, () => one) };
  if (/&[#a-z]/i.test(text)) yield { encoding: 'xml', text: text.replace(ENTITY, decodedEntity) };
  yield* decodedRuns(text, HEX_RUNS, 2, 'hex');
  yield* decodedRuns(text.replace(FOLD, ''), BASE64_RUNS, 4, 'base64');
}

/** YAML, SQL and CSV double a quote. A Pod doubles `$`, and an INI file `%`. */
const DOUBLED = ["'", '"', '$', '%'].map((one) => [one + one, one] as const);

/** Eight bytes of hexadecimal, and of base64 without padding. */
const HEX_RUNS = /[\da-f]{16,}/gi;
const BASE64_RUNS = /[\w+/-]{11,}/g;
/** A break inside base64 that is folded into lines, as it stands in PEM or in YAML. */
const FOLD = /(?<=[\w+/-]{32})\r?\n[ \t]*(?=[\w+/-])/g;

/**
 * All runs, decoded. A run may begin with characters that do not belong to the encoding (`basic/`), so that the decoder
 * begins at each of the first characters. A NUL ends each run, and no sought text has one.
 */
function* decodedRuns(text: string, pattern: RegExp, starts: number, encoding: 'hex' | 'base64') {
  const runs = text.match(pattern);
  if (runs === null) return;
  for (let start = 0; start < starts; start += 1)
    yield {
      encoding,
      text: runs.map((run) => Buffer.from(run.slice(start), encoding).toString('latin1')).join('\0'),
    };
}

const withoutPercent = (text: string): string =>
  text.replace(/%([\da-f]{2})/gi, (_, hex: string) => byte(hex, 16));

const byte = (digits: string, base: number): string => String.fromCharCode(Number.parseInt(digits, base));

/** UTF-8, with one byte in each character. */
export const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function* unescaped(text: string): Generator<View> {
  yield { encoding: 'escaped', text: text.replace(ESCAPE, decodedEscape) };
  // Between double quotes, a shell keeps the backslash before any other character.
  if (/\\\w/.test(text)) yield { encoding: 'escaped', text: text.replace(/\\([$`"'\\!])/g, '$1') };
}

const ESCAPE =
  /\\ud[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}|\\u[\da-f]{4}|\\x[\da-f]{2}|\\[0-3][0-7]{2}|\\\r?\n|\\./gis;
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

function decodedEscape(escaped: string): string {
  const [, kind = '', next = ''] = escaped;
  if (/u/i.test(kind) && escaped.length > 2)
    return bytesOf(escaped.replace(/\\u([\da-f]{4})/gi, (_, hex: string) => byte(hex, 16)));
  if (escaped.length === 4) return /x/i.test(kind) ? byte(escaped.slice(2), 16) : byte(escaped.slice(1), 8);
  if (kind === '\n' || next === '\n') return '';
  return CONTROLS[kind] ?? kind;
}

const ENTITY = /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-f]{1,6}));/gi;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodedEntity(entity: string, name?: string, decimal?: string, hex?: string): string {
  if (name !== undefined) return NAMED[name.toLowerCase()] ?? entity;
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return code > 0x10ffff ? entity : bytesOf(String.fromCodePoint(code));
}

/** A release of Helm is seldom larger. */
const MAX_GUNZIPPED_BYTES = 16 * 1024 * 1024;

function* gunzipped(text: string): Generator<View> {
  try {
    const bytes = gunzipSync(Buffer.from(text, 'latin1'), { maxOutputLength: MAX_GUNZIPPED_BYTES });
    yield { encoding: 'gzip', text: bytes.toString('latin1') };
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw new OversizedView();
    // The two first bytes were a coincidence.
  }
}

/**
 * The runs of UTF-8 in the bytes, with a NUL between them. Only these may encode a value. Most decoded texts are noise:
 * they were no base64, or are decoded from the wrong character on.
 */
function textIn(bytes: string): string {
  if (/^[\t\n\r -~]*$/.test(bytes)) return bytes;
  const runs: string[] = [];
  let start = 0;
  for (let at = 0; at < bytes.length; ) {
    const size = characterSize(bytes, at);
    at += Math.max(size, 1);
    if (size > 0 && at < bytes.length) continue;
    const end = size > 0 ? at : at - 1;
    if (end - start >= MIN_RUN_BYTES) runs.push(bytes.slice(start, end));
    start = at;
  }
  return runs.join('\0');
}

const MIN_RUN_BYTES = 8;

/** The bytes of the character there. 0 if it is no UTF-8. */
function characterSize(bytes: string, at: number): number {
  const first = bytes.charCodeAt(at);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let next = at + 1; next < at + size; next += 1) if ((bytes.charCodeAt(next) & 0xc0) !== 0x80) return 0;
  return size;
}
