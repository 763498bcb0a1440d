import { Buffer } from 'node:buffer';
import type { GeneratedForm } from '../../policy/policy.ts';
import { Sensitive } from '../../secret/sensitive.ts';
import { classifyPlaceholder } from '../../value/placeholder/classify.ts';

/** Letters and digits need no quoting in any URL, shell, YAML or driver. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/**
 * The largest multiple of the alphabet's size in a byte. Larger bytes are discarded, otherwise some characters would be
 * more likely.
 */
const UNBIASED_LIMIT = 256 - (256 % ALPHABET.length);
/**
 * A random value reads as a placeholder less than once in 100,000 times. Two in a row mean that the random source is
 * broken.
 */
const MAX_ATTEMPTS = 8;

/** A new value as the policy describes it. Throws if `random` gives no value that the engine accepts. */
export function generateValue(
  key: string,
  form: GeneratedForm,
  random: (size: number) => Uint8Array,
): Sensitive {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const text = 'length' in form ? letters(form.length, random) : encoded(form, random);
    if (text !== undefined && classifyPlaceholder(text, { role: 'secret', key }) === undefined)
      return Sensitive.fromText(`${form.prefix ?? ''}${text}`);
  }
  throw new Error('the source of randomness gives no random values');
}

function encoded(
  { bytes, encoding }: Extract<GeneratedForm, { bytes: number }>,
  random: (size: number) => Uint8Array,
): string {
  return Buffer.from(random(bytes)).toString(encoding);
}

/**
 * Undefined if too many bytes were discarded, because the random source is broken. The text is never shorter than
 * requested.
 */
function letters(length: number, random: (size: number) => Uint8Array): string | undefined {
  let text = '';
  for (let round = 0; text.length < length && round < length + MAX_ATTEMPTS; round++) {
    for (const byte of random(length - text.length)) {
      if (byte < UNBIASED_LIMIT) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text.length < length ? undefined : text.slice(0, length);
}
