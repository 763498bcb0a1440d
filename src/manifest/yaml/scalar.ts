import { Buffer } from 'node:buffer';
import { readBase64 } from '../../engine/secret/base64.ts';
import type { ScalarNode } from './node.ts';

/** The value that kubectl reads in a scalar. `text` is the name of a key that is written so. */
export type ScalarValue =
  | { readonly type: 'string'; readonly text: string }
  | { readonly type: 'null' }
  | { readonly type: 'boolean'; readonly text: 'true' | 'false' }
  | { readonly type: 'number'; readonly text: string; readonly finite: boolean }
  | { readonly type: 'invalid'; readonly message: string };

/**
 * Reads like kubectl 1.37 (go.yaml.in/yaml/v2, resolve.go). It knows the words of YAML 1.1, its octal numbers and its
 * `_`, but neither dates nor base 60. `.5` is a number.
 */
export function resolveScalar({ text, style, tag }: ScalarNode): ScalarValue {
  if (tag === undefined) return style === 'plain' ? resolvePlain(text) : { type: 'string', text };
  if (!tag.startsWith(YAML_TAG_PREFIX)) return { type: 'string', text };
  return resolveTagged(tag.slice(YAML_TAG_PREFIX.length), text);
}

const YAML_TAG_PREFIX = 'tag:yaml.org,2002:';

function resolveTagged(type: string, text: string): ScalarValue {
  if (type === 'binary') return resolveBinary(text);
  const expected = TYPE_BY_TAG[type];
  if (expected === undefined) return { type: 'string', text };
  const meaning = resolvePlain(text);
  const isExpectedType = meaning.type === expected && (type !== 'int' || isInteger(text));
  return isExpectedType
    ? meaning
    : { type: 'invalid', message: `a value is tagged !!${type} and is none: remove the tag` };
}

const TYPE_BY_TAG: Readonly<Record<string, ScalarValue['type']>> = {
  int: 'number',
  float: 'number',
  bool: 'boolean',
  null: 'null',
};

function resolveBinary(text: string): ScalarValue {
  const base64 = readBase64(text);
  if (base64 === undefined)
    return { type: 'invalid', message: 'a value is tagged !!binary and is no base64' };
  return { type: 'string', text: Buffer.from(base64, 'base64').toString('utf8') };
}

function resolvePlain(text: string): ScalarValue {
  const stringValue: ScalarValue = { type: 'string', text };
  // Longer texts are neither words nor common numbers.
  if (text.length > 512 || !/^(?:$|[-+.~\dyYnNtTfFoO])/.test(text)) return stringValue;
  return KEYWORDS.get(text) ?? (/^[-+.\d]/.test(text) ? (resolveNumber(text) ?? stringValue) : stringValue);
}

const TRUE: ScalarValue = { type: 'boolean', text: 'true' };
const FALSE: ScalarValue = { type: 'boolean', text: 'false' };
const NULL: ScalarValue = { type: 'null' };
const nonFinite = (text: string): ScalarValue => ({ type: 'number', text, finite: false });

const KEYWORDS: ReadonlyMap<string, ScalarValue> = new Map([
  ...keywordEntries(TRUE, 'y Y yes Yes YES true True TRUE on On ON'),
  ...keywordEntries(FALSE, 'n N no No NO false False FALSE off Off OFF'),
  ...keywordEntries(NULL, '~ null Null NULL'),
  ['', NULL],
  ...keywordEntries(nonFinite('.nan'), '.nan .NaN .NAN'),
  ...keywordEntries(nonFinite('.inf'), '.inf .Inf .INF +.inf +.Inf +.INF'),
  ...keywordEntries(nonFinite('-.inf'), '-.inf -.Inf -.INF'),
]);

function keywordEntries(meaning: ScalarValue, words: string): readonly (readonly [string, ScalarValue])[] {
  return words.split(' ').map((word) => [word, meaning] as const);
}

const INTEGER = /^([-+]?)(?:0[xX]([\da-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;

const isInteger = (text: string): boolean => INTEGER.test(text.replaceAll('_', ''));

function resolveNumber(text: string): ScalarValue | undefined {
  // A number that begins with a point is read without this rule.
  const digits = text.startsWith('.') ? text : text.replaceAll('_', '');
  const integer = INTEGER.exec(digits);
  if (integer !== null) {
    const value = integerOf(integer);
    if (value >= -(2n ** 63n) && value < 2n ** 64n)
      return { type: 'number', text: value.toString(), finite: true };
  }
  if (!FLOAT.test(digits)) return undefined;
  const value = Number(digits);
  return Number.isFinite(value) ? { type: 'number', text: float32(value), finite: true } : undefined;
}

function integerOf([, sign, hex, binary, octal, decimal]: readonly (string | undefined)[]): bigint {
  const [prefix, digits] = [
    ['0x', hex],
    ['0b', binary],
    ['0o', octal],
    ['', decimal],
  ].find(([, digitsMatch]) => digitsMatch !== undefined) ?? ['', '0'];
  const value = BigInt(`${prefix}${digits}`);
  return sign === '-' ? -value : value;
}

/**
 * Formats like Go's `strconv.FormatFloat(value, 'g', -1, 32)`. It uses the shortest digits that identify a float32,
 * with an exponent from 1e+06 and below 1e-04.
 */
function float32(value: number): string {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf';
  if (single === 0) return Object.is(single, -0) ? '-0' : '0';
  const precision = [1, 2, 3, 4, 5, 6, 7, 8].find(
    (digits) => Math.fround(Number(single.toPrecision(digits))) === single,
  );
  const [mantissa = '', exponent = '0'] = single.toExponential((precision ?? 9) - 1).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(Number(`${mantissa}e${exponent}`));
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
