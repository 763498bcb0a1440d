import { readFileSync } from 'node:fs';
import { seededRandom } from './seeded-random.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
const ALPHANUMERIC = LOWER + UPPER + DIGITS;
const SIGNS = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const WORDS = readFileSync(new URL('../../data/passphrase-words.txt', import.meta.url), 'utf8')
  .trim()
  .split(/\s+/);

/** The forms in which tools generate secrets, each with a source of endless values. */
export function randomShapes(seed: number): Readonly<Record<string, () => string>> {
  const { between, bytes, pick, text, times } = seededRandom(seed);

  function uuid(): string {
    const hex = bytes(16, 16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  function passphrase(separator: string): string {
    const words = times(between(4, 8), () => pick(WORDS));
    const style = between(0, 3);
    if (style === 1) words[0] = capital(words[0]!);
    const spelled = style === 2 ? words.map(capital) : words;
    const number = between(0, 2) === 0 ? [String(between(0, 99))] : [];
    return [...spelled, ...number].join(separator) + (between(0, 5) === 0 ? '!' : '');
  }

  return {
    'twelve letters and digits': () => text(ALPHANUMERIC, 12),
    'letters and digits': () => text(ALPHANUMERIC, 12, 64),
    'small letters and digits': () => text(LOWER + DIGITS, 12, 64),
    'small letters': () => text(LOWER, 16, 32),
    'capitals and digits': () => text(UPPER + DIGITS, 16, 40),
    'a few signs': () => text(`${ALPHANUMERIC}!@#$%^&*`, 12, 40),
    'all signs': () => text(ALPHANUMERIC + SIGNS, 12, 64),
    groups: () => times(4, () => text(ALPHANUMERIC, 6)).join('-'),
    hexadecimal: () => bytes(16, 64).toString('hex'),
    base64: () => bytes(9, 64).toString('base64'),
    base64url: () => bytes(16, 64).toString('base64url'),
    base32: () => text('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16, 56),
    UUID: uuid,
    digits: () => text(DIGITS, 16, 40),
    'words with - between': () => passphrase('-'),
    'words with blanks between': () => passphrase(' '),
    'words with . between': () => passphrase('.'),
    'words with _ between': () => passphrase('_'),
    'joined words': () => passphrase(''),
  };
}

const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1);
