import { Buffer } from 'node:buffer';

import { classifyPlaceholder } from '../placeholder/classify.ts';
import type { GenerateSpec } from '../policy/schema/key-schema.ts';
import { Sensitive } from '../secret/sensitive.ts';

/** Letters and digits: right in every URL, shell, YAML and driver without quoting. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** The largest multiple of the alphabet's size in a byte: bytes from here on are thrown away, else some characters would be likelier. */
const UNBIASED_LIMIT = 256 - (256 % ALPHABET.length);
/** A random value reads as a placeholder less than once in 100,000 times; twice in a row means that chance is broken. */
const MAX_ATTEMPTS = 8;

/** A new value as the policy describes it. Throws if `random` never gives one that the engine would let in. */
export function generateValue(
  key: string,
  spec: GenerateSpec,
  random: (size: number) => Uint8Array,
): Sensitive {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const text = 'length' in spec ? letters(spec.length, random) : encoded(spec, random);
    if (text !== undefined && classifyPlaceholder(text, { role: 'secret', key }) === undefined)
      return Sensitive.fromText(text);
  }
  throw new Error('the source of randomness gives no random values');
}

function encoded(
  { bytes, encoding }: Extract<GenerateSpec, { bytes: number }>,
  random: (size: number) => Uint8Array,
): string {
  return Buffer.from(random(bytes)).toString(encoding);
}

/** Undefined where so many bytes had to be thrown away that chance is broken: never less than was asked for. */
function letters(length: number, random: (size: number) => Uint8Array): string | undefined {
  let text = '';
  for (let round = 0; text.length < length && round < length + MAX_ATTEMPTS; round++) {
    for (const byte of random(length - text.length)) {
      if (byte < UNBIASED_LIMIT) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text.length < length ? undefined : text.slice(0, length);
}
