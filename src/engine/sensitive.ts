import { Buffer } from 'node:buffer';
import { inspect } from 'node:util';

const REDACTED = '[redacted]';
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * What a rule may look at while it judges. It lives only inside the callback of `Sensitive.look`.
 * `text` is undefined where the bytes are not UTF-8.
 */
export interface Plain {
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
  readonly #base64: string;
  #plain: Plain | undefined;

  private constructor(base64: string) {
    this.#base64 = base64;
  }

  /** `base64` is what the API server sends: the padded standard alphabet (RFC 4648, 4). Not checked here. */
  static fromBase64(base64: string): Sensitive {
    return new Sensitive(base64);
  }

  static fromBytes(bytes: Uint8Array): Sensitive {
    return new Sensitive(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'));
  }

  static fromText(text: string): Sensitive {
    return new Sensitive(Buffer.from(text, 'utf8').toString('base64'));
  }

  /** Bytes of the value, found without decoding it. */
  get size(): number {
    const padding = this.#base64.endsWith('==') ? 2 : this.#base64.endsWith('=') ? 1 : 0;
    return (this.#base64.length / 4) * 3 - padding;
  }

  /** Keys that hold one value, group by group, in the order given; only groups of two and more. */
  static sameValues(values: Iterable<readonly [string, Sensitive]>): readonly (readonly string[])[] {
    const groups = new Map<string, string[]>();
    for (const [key, value] of values) {
      const group = groups.get(value.#base64);
      if (group === undefined) groups.set(value.#base64, [key]);
      else group.push(key);
    }
    return [...groups.values()].filter(({ length }) => length > 1);
  }

  get isEmpty(): boolean {
    return this.#base64 === '';
  }

  equals(other: Sensitive | undefined): boolean {
    return other !== undefined && this.#base64 === other.#base64;
  }

  /** Judge the plain value. What comes back must be a fact about it, or wrapped again. */
  look<Fact>(judge: (plain: Plain) => Fact): Fact {
    this.#plain ??= decode(this.#base64);
    return judge(this.#plain);
  }

  /** A new value computed from this one; undefined where the bytes are not text, or `change` declines. */
  map(change: (text: string) => string | undefined): Sensitive | undefined {
    const changed = this.look(({ text }) => (text === undefined ? undefined : change(text)));
    return changed === undefined ? undefined : Sensitive.fromText(changed);
  }

  /** The way out: base64, as a Secret holds it. */
  reveal(): string {
    return this.#base64;
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

  [inspect.custom](): string {
    return REDACTED;
  }
}

function decode(base64: string): Plain {
  const bytes = Buffer.from(base64, 'base64');
  try {
    return { bytes, text: utf8.decode(bytes) };
  } catch {
    return { bytes, text: undefined };
  }
}
