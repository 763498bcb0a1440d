import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { judgePlaceholder } from '../../../src/engine/placeholder/judge.ts';

const VALUES = 100_000;
const SEED = 20_240_229;

/** mulberry32: 32 bits of state, the same values on every machine. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const next = chance(SEED);
const below = (limit: number): number => Math.floor(next() * limit);
const between = (low: number, high: number): number => low + below(high - low + 1);
const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
const bytes = (low: number, high: number): Buffer => Buffer.from(times(between(low, high), () => below(256)));
const text = (alphabet: string, low: number, high = low): string =>
  times(between(low, high), () => alphabet[below(alphabet.length)]).join('');

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
const ALPHANUMERIC = LOWER + UPPER + DIGITS;
const WORDS = readFileSync(new URL('../../data/passphrase-words.txt', import.meta.url), 'utf8')
  .trim()
  .split(/\s+/);
const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1);

function uuid(): string {
  const hex = bytes(16, 16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function passphrase(separator: string): string {
  const words = times(between(4, 8), () => pick(WORDS));
  const style = below(4);
  if (style === 1) words[below(words.length)] = capital(pick(WORDS));
  const spelled = style === 2 ? words.map(capital) : words;
  const number = below(3) === 0 ? [String(below(100))] : [];
  return [...spelled, ...number].join(separator) + (below(6) === 0 ? '!' : '');
}

const SHAPES: Record<string, () => string> = {
  hexadecimal: () => bytes(16, 64).toString('hex'),
  base64: () => bytes(16, 64).toString('base64'),
  base64url: () => bytes(16, 64).toString('base64url'),
  UUID: uuid,
  'twelve letters and digits': () => text(ALPHANUMERIC, 12),
  'letters and digits': () => text(ALPHANUMERIC, 12, 64),
  'small letters and digits': () => text(LOWER + DIGITS, 12, 64),
  base32: () => text(`${UPPER}234567`, 16, 56),
  'letters, digits and a few signs': () => text(`${ALPHANUMERIC}!@#$%^&*`, 12, 40),
  'letters, digits and all signs': () => text(`${ALPHANUMERIC}!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`, 12, 64),
  'groups of letters and digits': () => times(4, () => text(ALPHANUMERIC, 6)).join('-'),
  digits: () => text(DIGITS, 16, 40),
  'words with -': () => passphrase('-'),
  'words with a space': () => passphrase(' '),
  'words with .': () => passphrase('.'),
  'words with _': () => passphrase('_'),
  'words without separator': () => passphrase(''),
};

for (const [shape, make] of Object.entries(SHAPES)) {
  t.test(`of ${VALUES} random values none is hit: ${shape}`, async (t) => {
    const hits: string[] = [];
    for (let at = 0; at < VALUES; at++) {
      const value = make();
      if (judgePlaceholder(value, { role: 'secret', key: 'JWT_SECRET', known: ['reconciliation', 'app'] }))
        hits.push(value);
    }
    t.same(hits, []);
  });
}
