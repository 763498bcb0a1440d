import { Buffer, isUtf8 } from 'node:buffer';
import type { Hmac } from 'node:crypto';

const REDACTED = '[redacted]';
const MAX_CHARACTER_BYTES = 4;

/**
 * The plain value that a rule reads during validation. It lives only inside the callback of `Sensitive.withPlaintext`.
 * `text` is undefined if the bytes are not UTF-8.
 */
export interface Plaintext {
  readonly bytes: Uint8Array;
  readonly text: string | undefined;
  /** The connection string in the text, once it is parsed: see evaluation/parsed-connection.ts. */
  parsed?: unknown;
}

/**
 * One value of a Secret. Any attempt to print it prints `[redacted]`.
 *
 * The engine reads the value through `withPlaintext`, whose result must be a fact about the value, never the value.
 * Only `reveal` returns it, for code that writes bytes: a patch, a database login, a Secret, or a requested manifest.
 */
export class Sensitive {
  readonly #base64: string;
  #plain: Plaintext | undefined;
  #size: number | undefined;

  private constructor(base64: string) {
    this.#base64 = base64;
  }

  /** `base64` comes from the API server in the padded standard alphabet (RFC 4648, 4), and is not checked here. */
  static fromBase64(base64: string): Sensitive {
    return new Sensitive(base64);
  }

  static fromBytes(bytes: Uint8Array): Sensitive {
    return new Sensitive(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'));
  }

  static fromText(text: string): Sensitive {
    return new Sensitive(Buffer.from(text, 'utf8').toString('base64'));
  }

  /** Number of bytes of the value, computed without decoding it. */
  get size(): number {
    this.#size ??= sizeOf(this.#base64);
    return this.#size;
  }

  /** Groups of keys that hold one value, in the order given. Only groups of two or more keys. */
  static sameValues(values: readonly (readonly [string, Sensitive])[]): readonly (readonly string[])[] {
    const groups = new Map<string, string[]>();
    for (const [key, value] of values) {
      const base64 = value.#base64;
      const group = groups.get(base64);
      if (group === undefined) groups.set(base64, [key]);
      else group.push(key);
    }
    return [...groups.values()].filter(({ length }) => length > 1);
  }

  get isEmpty(): boolean {
    return this.#base64.length === 0;
  }

  equals(other: Sensitive | undefined): boolean {
    return other !== undefined && this.#base64 === other.#base64;
  }

  /** The result must be a fact about the value, or wrapped again. */
  withPlaintext<Fact>(inspect: (plain: Plaintext) => Fact): Fact {
    this.#plain ??= plaintextOf(Buffer.from(this.#base64, 'base64'));
    return inspect(this.#plain);
  }

  /**
   * The same for the beginning of a long value, of which most bytes are not decoded. A character that is cut in two is
   * left out.
   */
  withBeginning<Fact>(bytes: number, inspect: (plain: Plaintext) => Fact): Fact {
    const length = Math.ceil(bytes / 3) * 4;
    const base64 = this.#base64;
    if (base64.length <= length) return this.withPlaintext(inspect);
    const decoded = Buffer.from(base64.slice(0, length), 'base64');
    let end = decoded.length;
    while (end > decoded.length - MAX_CHARACTER_BYTES && decoded[end - 1]! >= 0x80) end -= 1;
    return inspect(plaintextOf(decoded.subarray(0, end)));
  }

  /** A new value, computed from this one. Undefined if the bytes are not text, or if `change` returns undefined. */
  map(change: (text: string) => string | undefined): Sensitive | undefined {
    const changed = this.withPlaintext(({ text }) => (text === undefined ? undefined : change(text)));
    return changed === undefined ? undefined : Sensitive.fromText(changed);
  }

  /** The base64 as a Secret holds it. No other method returns the value. */
  reveal(): string {
    return this.#base64;
  }

  /** Adds the value to a digest under a secret key. The result does not show it. */
  addTo(digest: Pick<Hmac, 'update'>): void {
    digest.update(this.#base64);
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  /** `util.inspect` and `console.log` call it. The symbol's name avoids loading the module. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}

function sizeOf(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}

const plaintextOf = (bytes: Buffer): Plaintext => ({ bytes, text: textOf(bytes), parsed: undefined });

/** Undefined for bytes that are not UTF-8: either the text contains U+FFFD, or the decoder put it in their place. */
function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') && !isUtf8(bytes) ? undefined : text;
}
