import { Buffer } from 'node:buffer';
import type { GenerateSpec } from '../schema/key-schema.ts';

/** Number of characters: hex doubles the bytes, base64 makes four characters of three, and pads them. */
export function generatedLength(generate: GenerateSpec): number {
  if ('length' in generate) return generate.length;
  const { bytes, encoding } = generate;
  if (encoding === 'hex') return bytes * 2;
  return encoding === 'base64' ? Math.ceil(bytes / 3) * 4 : Math.ceil((bytes * 4) / 3);
}

/**
 * Values that could be generated, and never are: the same ones at each call, with each character, and with one only. A
 * pattern that does not match them asks for something that is left to chance.
 */
export function generatedSamples(generate: GenerateSpec): readonly string[] {
  if ('length' in generate) {
    const repeated = (text: string): string =>
      text.repeat(Math.ceil(generate.length / text.length)).slice(0, generate.length);
    return ['a', 'Z', '0', LETTERS_AND_DIGITS, [...LETTERS_AND_DIGITS].toReversed().join('')].map(repeated);
  }
  return [0x00, 0x5a, 0xff]
    .map((byte) => Buffer.alloc(generate.bytes, byte))
    .concat(
      [37, 101, 211].map((step) => Buffer.from(Array.from({ length: generate.bytes }, (_, at) => at * step))),
    )
    .map((bytes) => bytes.toString(generate.encoding));
}

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
