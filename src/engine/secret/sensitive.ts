import { Buffer, isUtf8 } from 'node:buffer';

const REDACTED = '[redacted]';

/**
 * What a rule may look at while it judges. It lives only inside the callback of `Sensitive.look`.
 * `text` is undefined where the bytes are not UTF-8.
 */
export interface Plaintext {
  readonly bytes: Uint8Array;
  readonly text: string | undefined;
}

/**
 * One value of a Secret. Whatever prints it prints `[redacted]`.
 *
 * The engine judges through `look`, whose result must be a fact about the value, never the value. `reveal` is the one way out, for the
 * places that write bytes: a patch, a database login, a Secret, a manifest that the user asked for.
 */
export class Sensitive {
  /** As text, or as the bytes of that text where it is long: of a keystore hardly anybody wants more than its size. */
  readonly #base64: string | Buffer;
  #plain: Plaintext | undefined;

  private constructor(base64: string | Buffer) {
    this.#base64 = base64;
  }

  /**
   * `base64` is what the API server sends: the padded standard alphabet (RFC 4648, 4). Not checked here. A Buffer is not copied: the value lives as
   * long as its bytes stay what they are.
   */
  static fromBase64(base64: string | Buffer): Sensitive {
    return new Sensitive(base64);
  }

  static fromBytes(bytes: Uint8Array): Sensitive {
    return new Sensitive(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'));
  }

  static fromText(text: string): Sensitive {
    return new Sensitive(Buffer.from(text, 'utf8').toString('base64'));
  }

  get #text(): string {
    return typeof this.#base64 === 'string' ? this.#base64 : this.#base64.toString('latin1');
  }

  /** Bytes of the value, found without decoding it. */
  get size(): number {
    const base64 = this.#base64;
    const end = typeof base64 === 'string' ? base64.slice(-2) : base64.toString('latin1', base64.length - 2);
    const padding = end === '==' ? 2 : end.endsWith('=') ? 1 : 0;
    return (base64.length / 4) * 3 - padding;
  }

  /** Keys that hold one value, group by group, in the order given; only groups of two and more. */
  static sameValues(values: Iterable<readonly [string, Sensitive]>): readonly (readonly string[])[] {
    const groups = new Map<string, string[]>();
    for (const [key, value] of values) {
      const base64 = value.#text;
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
    if (other === undefined || this.#base64.length !== other.#base64.length) return false;
    if (typeof this.#base64 === 'string' || typeof other.#base64 === 'string')
      return this.#text === other.#text;
    return this.#base64.equals(other.#base64);
  }

  /** Judge the plain value. What comes back must be a fact about it, or wrapped again. */
  withPlaintext<Fact>(inspect: (plain: Plaintext) => Fact): Fact {
    this.#plain ??= decode(this.#text);
    return inspect(this.#plain);
  }

  /** A new value computed from this one; undefined where the bytes are not text, or `change` declines. */
  map(change: (text: string) => string | undefined): Sensitive | undefined {
    const changed = this.withPlaintext(({ text }) => (text === undefined ? undefined : change(text)));
    return changed === undefined ? undefined : Sensitive.fromText(changed);
  }

  /** The way out: base64, as a Secret holds it. */
  reveal(): string {
    return this.#text;
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

  /** What `util.inspect` and `console.log` ask for; named so that the module need not be loaded. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}

/** U+FFFD stands in the text, or for bytes that are none. */
function decode(base64: string): Plaintext {
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString('utf8');
  return { bytes, text: text.includes('\ufffd') && !isUtf8(bytes) ? undefined : text };
}
