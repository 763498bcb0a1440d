import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import t from 'tap';

import { generateValue } from '../../../../src/engine/review/decide/generate-value.ts';
import type { Sensitive } from '../../../../src/engine/secret/sensitive.ts';

const textOf = (value: Sensitive): string => Buffer.from(value.reveal(), 'base64').toString('utf8');
const chance = (size: number): Uint8Array => randomBytes(size);

t.test('length makes the requested number of letters and digits', async (t) => {
  for (const length of [8, 32, 1024]) {
    const text = textOf(generateValue('K', { length }, chance));
    t.match(text, /^[A-Za-z0-9]+$/);
    t.equal(text.length, length);
  }
});

t.test('encodes bytes as requested', async (t) => {
  for (const encoding of ['base64', 'base64url', 'hex'] as const) {
    const text = textOf(generateValue('K', { bytes: 48, encoding }, chance));
    t.equal(Buffer.from(text, encoding).length, 48, encoding);
    t.equal(Buffer.from(text, encoding).toString(encoding), text, encoding);
  }
});

t.test('discards bytes that would make some characters more likely', async (t) => {
  let at = 0;
  const unfair = (size: number): Uint8Array =>
    Uint8Array.from({ length: size }, () => (at++ % 2 === 0 ? 248 + (at % 8) : (at * 37) % 248));
  t.match(textOf(generateValue('K', { length: 32 }, unfair)), /^[A-Za-z0-9]{32}$/);
});

t.test('a broken random source is an error, not a value', async (t) => {
  for (const byte of [0, 255]) {
    t.throws(
      () => generateValue('K', { length: 32 }, (size) => new Uint8Array(size).fill(byte)),
      /randomness/,
    );
  }
  t.throws(
    () => generateValue('K', { bytes: 32, encoding: 'hex' }, (size) => new Uint8Array(size)),
    /randomness/,
  );
});

t.test('generates again after a value that reads as a placeholder', async (t) => {
  let draws = 0;
  const second = (size: number): Uint8Array => (draws++ === 0 ? new Uint8Array(size) : chance(size));
  t.equal(textOf(generateValue('K', { bytes: 32, encoding: 'hex' }, second)).length, 64);
  t.equal(draws, 2);
});

t.test('a generated value begins with the prefix of its policy', async (t) => {
  t.match(textOf(generateValue('K', { length: 32, prefix: 'app_' }, chance)), /^app_[A-Za-z0-9]{32}$/);
  t.match(textOf(generateValue('K', { bytes: 16, encoding: 'hex', prefix: 'é' }, chance)), /^é[0-9a-f]{32}$/);
});
