import { createHash, randomInt } from 'node:crypto';

/** A piece this long of a secret is already too much. */
const MIN_PIECE_LENGTH = 8;
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

/** A text that occurs nowhere by chance: of 40 such characters any 8 are one of 10^14. */
export function aCanary(length = 40): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

export interface CanaryHit {
  /** Which of the values, from 0. */
  readonly value: number;
  readonly form: string;
  /** The found text, with a few characters around it. */
  readonly where: string;
}

/**
 * Looks for any eight consecutive characters of any of the values, as they are or encoded. The encodings are base64,
 * base64url, percent-encoding, JSON and hexadecimal. base64 may be part of a longer base64, or encoded twice, as in a
 * webhook's patch. Returns one find for each value and form.
 */
export const findCanaries = (text: string, values: readonly string[]): CanaryHit[] =>
  canarySearcher(values)(text);

/** The same for several texts: what is looked for is spelled out once. */
export function canarySearcher(values: readonly string[]): (text: string) => CanaryHit[] {
  const byLength = piecesByLength(values);
  const mayEnd = endsOf([...byLength.values()].flatMap((pieces) => [...pieces.keys()]));
  return (text) => {
    const finds = new Map<string, CanaryHit>();
    let code = 0;
    for (let end = 1; end <= text.length; end += 1) {
      code = codeWith(code, text.charCodeAt(end - 1));
      if ((mayEnd[code >> 3]! & (1 << (code & 7))) === 0) continue;
      for (const [length, pieces] of byLength) {
        const piece = end < length ? undefined : pieces.get(text.slice(end - length, end));
        if (piece === undefined || finds.has(`${piece.value} ${piece.form}`)) continue;
        const where = text.slice(Math.max(0, end - length - 60), end - length + 60);
        finds.set(`${piece.value} ${piece.form}`, { ...piece, where });
      }
    }
    return [...finds.values()];
  };
}

/** A number for the last eight characters. A comparison of each piece of a long log would take minutes. */
const codeWith = (code: number, character: number): number => ((code << 3) ^ character) & (CODES - 1);
const CODES = 2 ** (3 * MIN_PIECE_LENGTH);

/** One bit for each code, set for those of the pieces. */
function endsOf(pieces: readonly string[]): Uint8Array {
  const ends = new Uint8Array(CODES / 8);
  for (const piece of pieces) {
    let code = 0;
    for (let at = 0; at < piece.length; at += 1) code = codeWith(code, piece.charCodeAt(at));
    ends[code >> 3]! |= 1 << (code & 7);
  }
  return ends;
}

/** So much of a digest is enough to know a value again, and is not there by chance. Characters. */
const MIN_DIGEST_LENGTH = { hex: 16, base64: 11 } as const;
const DIGESTS_IN = { hex: /[0-9a-f]{16,}/g, base64: /[A-Za-z0-9+/]{11,}/g } as const;

/**
 * Looks for digests of any of the values, or the beginning of a digest. `digests` are further ones, in hexadecimal. A
 * find has the text as it was.
 */
export function digestSearcher(
  values: readonly string[],
  digests: readonly string[],
): (text: string) => readonly string[] {
  const sought = new Set(digests.map((digest) => digest.slice(0, MIN_DIGEST_LENGTH.hex)));
  for (const value of values) {
    for (const algorithm of ['md5', 'sha1', 'sha256', 'sha512']) {
      const digest = createHash(algorithm).update(value).digest();
      for (const form of ['hex', 'base64'] as const)
        sought.add(digest.toString(form).slice(0, MIN_DIGEST_LENGTH[form]));
    }
  }
  return (text) => {
    const found = new Set<string>();
    for (const form of ['hex', 'base64'] as const)
      for (const [run] of text.matchAll(DIGESTS_IN[form]))
        for (const piece of substringsOf(run, MIN_DIGEST_LENGTH[form]))
          if (sought.has(piece)) found.add(piece);
    return [...found];
  };
}

type Piece = Pick<CanaryHit, 'value' | 'form'>;

function piecesByLength(values: readonly string[]): Map<number, Map<string, Piece>> {
  const all = new Map<number, Map<string, Piece>>();
  for (const [value, secret] of values.entries()) {
    for (const { form, spelling, length = MIN_PIECE_LENGTH } of encodingsOf(secret)) {
      const pieces = all.get(length) ?? new Map<string, Piece>();
      all.set(length, pieces);
      for (const piece of substringsOf(spelling, length)) {
        if (!pieces.has(piece)) pieces.set(piece, { value, form });
      }
    }
  }
  return all;
}

interface Encoding {
  readonly form: string;
  readonly spelling: string;
  readonly length?: number;
}

function* encodingsOf(value: string): Generator<Encoding> {
  yield { form: 'raw', spelling: value };
  yield { form: 'percent-encoded', spelling: encodeURIComponent(value) };
  yield { form: 'percent-encoded', spelling: percentEncoded(value) };
  yield { form: 'JSON', spelling: JSON.stringify(value).slice(1, -1) };
  // Eight hexadecimal digits of one thing and another are alike by chance once in a log of some size.
  yield { form: 'hexadecimal', spelling: Buffer.from(value).toString('hex'), length: 2 * MIN_PIECE_LENGTH };
  for (const once of base64s(value)) {
    yield { form: 'base64', spelling: once };
    yield { form: 'base64url', spelling: once.replaceAll('+', '-').replaceAll('/', '_') };
    for (const twice of base64s(once)) yield { form: 'base64 of base64', spelling: twice };
  }
}

/** The texts that base64 has for `value`. They depend on the number of bytes before it, modulo 3. */
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

function* substringsOf(text: string, length: number): Generator<string> {
  for (let at = 0; at + length <= text.length; at += 1) yield text.slice(at, at + length);
}
