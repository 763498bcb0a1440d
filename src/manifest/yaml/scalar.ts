import { Buffer } from 'node:buffer';
import { readBase64 } from '../../engine/secret/base64.ts';
import type { ScalarNode } from './node.ts';

/** What kubectl reads in a scalar; `text` is the name of a key that is written so. */
export type Meaning =
  | { readonly is: 'string'; readonly text: string }
  | { readonly is: 'null' }
  | { readonly is: 'boolean'; readonly text: 'true' | 'false' }
  | { readonly is: 'number'; readonly text: string; readonly finite: boolean }
  | { readonly is: 'invalid'; readonly message: string };

/**
 * As kubectl 1.37 does (go.yaml.in/yaml/v2, resolve.go): the words of YAML 1.1, its octal numbers and its `_`, but neither dates nor base 60, and `.5`
 * is a number.
 */
export function meaningOf({ text, style, tag }: ScalarNode): Meaning {
  if (tag === undefined) return style === 'plain' ? plain(text) : { is: 'string', text };
  if (!tag.startsWith(YAML)) return { is: 'string', text };
  return tagged(tag.slice(YAML.length), text);
}

const YAML = 'tag:yaml.org,2002:';

function tagged(type: string, text: string): Meaning {
  if (type === 'binary') return binary(text);
  const expected = EXPECTED[type];
  if (expected === undefined) return { is: 'string', text };
  const meaning = plain(text);
  const fits = meaning.is === expected && (type !== 'int' || isInteger(text));
  return fits
    ? meaning
    : { is: 'invalid', message: `a value is tagged !!${type} and is none: remove the tag` };
}

const EXPECTED: Readonly<Record<string, Meaning['is']>> = {
  int: 'number',
  float: 'number',
  bool: 'boolean',
  null: 'null',
};

function binary(text: string): Meaning {
  const base64 = readBase64(text);
  if (base64 === undefined) return { is: 'invalid', message: 'a value is tagged !!binary and is no base64' };
  return { is: 'string', text: Buffer.from(base64, 'base64').toString('utf8') };
}

function plain(text: string): Meaning {
  const string: Meaning = { is: 'string', text };
  // No word is longer than these, and no number in use.
  if (text.length > 512 || !/^(?:$|[-+.~\dyYnNtTfFoO])/.test(text)) return string;
  return WORDS.get(text) ?? (/^[-+.\d]/.test(text) ? (numeric(text) ?? string) : string);
}

const TRUE: Meaning = { is: 'boolean', text: 'true' };
const FALSE: Meaning = { is: 'boolean', text: 'false' };
const NULL: Meaning = { is: 'null' };
const boundless = (text: string): Meaning => ({ is: 'number', text, finite: false });

const WORDS: ReadonlyMap<string, Meaning> = new Map([
  ...named(TRUE, 'y Y yes Yes YES true True TRUE on On ON'),
  ...named(FALSE, 'n N no No NO false False FALSE off Off OFF'),
  ...named(NULL, '~ null Null NULL'),
  ['', NULL],
  ...named(boundless('.nan'), '.nan .NaN .NAN'),
  ...named(boundless('.inf'), '.inf .Inf .INF +.inf +.Inf +.INF'),
  ...named(boundless('-.inf'), '-.inf -.Inf -.INF'),
]);

function named(meaning: Meaning, words: string): readonly (readonly [string, Meaning])[] {
  return words.split(' ').map((word) => [word, meaning] as const);
}

const INTEGER = /^([-+]?)(?:0[xX]([\da-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;

const isInteger = (text: string): boolean => INTEGER.test(text.replaceAll('_', ''));

function numeric(text: string): Meaning | undefined {
  // What begins with a point is read without this.
  const digits = text.startsWith('.') ? text : text.replaceAll('_', '');
  const integer = INTEGER.exec(digits);
  if (integer !== null) {
    const value = integerOf(integer);
    if (value >= -(2n ** 63n) && value < 2n ** 64n)
      return { is: 'number', text: value.toString(), finite: true };
  }
  if (!FLOAT.test(digits)) return undefined;
  const value = Number(digits);
  return Number.isFinite(value) ? { is: 'number', text: float32(value), finite: true } : undefined;
}

function integerOf([, sign, hex, binary, octal, decimal]: readonly (string | undefined)[]): bigint {
  const [prefix, digits] = [
    ['0x', hex],
    ['0b', binary],
    ['0o', octal],
    ['', decimal],
  ].find(([, found]) => found !== undefined) ?? ['', '0'];
  const value = BigInt(`${prefix}${digits}`);
  return sign === '-' ? -value : value;
}

/** Go's `strconv.FormatFloat(value, 'g', -1, 32)`: the shortest digits that a float32 tells from others, an exponent from 1e+06 and below 1e-04. */
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
