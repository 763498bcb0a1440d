import { LimitedBuffer, type OversizedObject, oversizedObjectOf } from './oversized-object.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const BRACE = 0x7b;
const BRACKET = 0x5b;
const isClosing = (byte: number): boolean => byte === BRACE + 2 || byte === BRACKET + 2;

/** The depth inside `{`, `[` and `{`: the list, its `items`, one item. */
const ITEM_DEPTH = 3;

/**
 * Cuts the JSON of a list into its items while it arrives. It holds at most one item, however large the page is. The
 * rest of the list is kept for the end.
 */
export class ListSplitter {
  #depth = 0;
  #isInString = false;
  /** The last chunk ended with a backslash that escapes the next character. */
  #isEscaped = false;
  /** The brackets that opened the first two depths: the list, and its items. */
  readonly #openBrackets: number[] = [];
  #item = new LimitedBuffer();
  readonly #envelope = new LimitedBuffer();

  /** The items that end in this chunk, as JSON. For an item that is larger than any object, the result is its name. */
  *push(chunk: Buffer): Generator<string | OversizedObject> {
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      if (this.#isInString) {
        at = this.#skipText(chunk, at);
        continue;
      }
      const byte = chunk[at];
      if (byte === QUOTE) {
        this.#isInString = true;
      } else if (byte === BRACE || byte === BRACKET) {
        if (this.#depth < ITEM_DEPTH - 1) this.#openBrackets[this.#depth] = byte;
        this.#depth += 1;
        if (!this.#isAt(ITEM_DEPTH)) continue;
        this.#envelope.add(chunk.subarray(from, at));
        from = at;
      } else if (byte !== undefined && isClosing(byte)) {
        const isEnd = this.#isAt(ITEM_DEPTH);
        this.#depth -= 1;
        if (!isEnd) continue;
        this.#item.add(chunk.subarray(from, at + 1));
        from = at + 1;
        yield this.#item.isOverLimit
          ? oversizedObjectOf(this.#item.bytes())
          : this.#item.bytes().toString('utf8');
        this.#item = new LimitedBuffer();
      } else if (byte === COMMA && this.#isAt(ITEM_DEPTH - 1)) {
        this.#envelope.add(chunk.subarray(from, at));
        from = at + 1;
      }
    }
    const isInsideItem = this.#depth >= ITEM_DEPTH && this.#isInItems;
    (isInsideItem ? this.#item : this.#envelope).add(chunk.subarray(from));
  }

  /** The list without its items. Throws if the list is incomplete. */
  envelope(): unknown {
    if (this.#envelope.isOverLimit) throw new Error('its answer is no list');
    return parseJson(this.#envelope.bytes().toString('utf8'));
  }

  /**
   * Skips to the next quote of the string that continues at `from`, or to the end of the chunk. The native search is
   * fast, and most of a Secret is its values.
   */
  #skipText(chunk: Buffer, from: number): number {
    const quote = chunk.indexOf(QUOTE, from);
    const end = quote === -1 ? chunk.length : quote;
    let start = end;
    while (start > from && chunk[start - 1] === BACKSLASH) start -= 1;
    const isCarried = this.#isEscaped && start === from;
    const isEscaped = ((end - start) % 2 === 1) !== isCarried;
    this.#isEscaped = quote === -1 && isEscaped;
    this.#isInString = quote === -1 || isEscaped;
    return end;
  }

  #isAt(depth: number): boolean {
    return this.#depth === depth && this.#isInItems;
  }

  get #isInItems(): boolean {
    return this.#openBrackets[0] === BRACE && this.#openBrackets[1] === BRACKET;
  }
}

/** The parser's own message quotes the text, which may be a Secret. */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Error('its answer is no JSON');
  }
}
