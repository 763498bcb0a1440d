import type { Cel } from '../cel.ts';
import type { Variable } from '../entry.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** A longer text is not written. */
export const MAX_ENCODED_TEXT = 480;

/** Variables that `encoded` needs: the codes of printable characters, and the digits of base64. */
export const ENCODER: readonly Variable[] = [
  {
    name: 'codes',
    expression: `{${Array.from({ length: 95 }, (_, at) => {
      const sign = String.fromCharCode(32 + at);
      return `'${sign === "'" || sign === '\\' ? `\\${sign}` : sign}': ${32 + at}`;
    }).join(', ')}}`,
  },
  { name: 'base64', expression: `[${[...ALPHABET].map((sign) => `'${sign}'`).join(', ')}]` },
  {
    name: 'thirds',
    expression: `[${Array.from({ length: MAX_ENCODED_TEXT / 3 }, (_, at) => at * 3).join(', ')}]`,
  },
];

/** The base64 of a text of printable ASCII with at most `MAX_ENCODED_TEXT` characters. */
export const encoded = (text: Cel): Cel =>
  `[${text}.split('').map(sign, variables.codes[sign]) + [0, 0]].map(n, variables.thirds.filter(at, at < size(n) - 2)` +
  `.map(at, variables.base64[n[at] / 4] + variables.base64[n[at] % 4 * 16 + n[at + 1] / 16] + ` +
  `(at + 3 < size(n) ? variables.base64[n[at + 1] % 16 * 4 + n[at + 2] / 64] : '=') + ` +
  `(at + 4 < size(n) ? variables.base64[n[at + 2] % 64] : '=')).join(''))[0]`;
