import { randomInt } from 'node:crypto';

/** A piece this long of a secret is already too much. */
const PIECE = 8;
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

/** A text that occurs nowhere by chance: of 40 such characters any 8 are one of 10^14. */
export function aCanary(length = 40): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

export interface Find {
  /** Which of the values, from 0. */
  readonly value: number;
  readonly form: string;
  /** What was found, with a little of what stands around it. */
  readonly where: string;
}

/**
 * Looks for any eight characters in a row of any of the values, as they are or encoded: base64 (also inside a longer
 * base64, and twice over, as in a webhook's patch), base64url, percent-encoding, JSON and hexadecimal. One find for each value and form.
 */
export function findCanary(text: string, values: readonly string[]): Find[] {
  const pieces = new Map<string, { readonly value: number; readonly form: string }>();
  for (const [value, secret] of values.entries()) {
    for (const [form, spelling] of spellings(secret)) {
      for (const piece of windows(spelling)) if (!pieces.has(piece)) pieces.set(piece, { value, form });
    }
  }
  const finds = new Map<string, Find>();
  for (let at = 0; at + PIECE <= text.length; at += 1) {
    const hit = pieces.get(text.slice(at, at + PIECE));
    if (hit === undefined) continue;
    const key = `${hit.value} ${hit.form}`;
    if (!finds.has(key)) finds.set(key, { ...hit, where: text.slice(Math.max(0, at - 60), at + 60) });
  }
  return [...finds.values()];
}

function* spellings(value: string): Generator<readonly [form: string, spelling: string]> {
  yield ['raw', value];
  yield ['percent-encoded', encodeURIComponent(value)];
  yield ['percent-encoded', percentEncoded(value)];
  yield ['JSON', JSON.stringify(value).slice(1, -1)];
  yield ['hexadecimal', Buffer.from(value).toString('hex')];
  for (const once of base64s(value)) {
    yield ['base64', once];
    yield ['base64url', once.replaceAll('+', '-').replaceAll('/', '_')];
    for (const twice of base64s(once)) yield ['base64 of base64', twice];
  }
}

/** What can stand in a base64 text whose plain text holds `value`: it depends on how many bytes stand before it, modulo 3. */
function base64s(value: string): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]).toString('base64');
    // The first characters hold bits of what stands before, the last ones of what follows.
    const first = before === 0 ? 0 : before + 1;
    return encoded.slice(first).replace(/.{0,1}=+$/, '');
  });
}

/** Every byte that RFC 3986 does not call unreserved, as lockstep writes it into a URL. */
function percentEncoded(value: string): string {
  const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(value).replace(/[!'()*]/g, hex);
}

function* windows(text: string): Generator<string> {
  for (let at = 0; at + PIECE <= text.length; at += 1) yield text.slice(at, at + PIECE);
}
