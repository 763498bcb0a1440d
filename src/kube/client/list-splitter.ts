import { type Oversized, oversizedIn, Pieces } from './oversized-object.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const BRACE = 0x7b;
const BRACKET = 0x5b;
const isClosing = (byte: number): boolean => byte === BRACE + 2 || byte === BRACKET + 2;

/** How deep inside `{`, `[` and `{` are: the list, its `items`, one of them. */
const ITEM_DEPTH = 3;

/**
 * Cuts the JSON of a list into its items while it arrives, so that no more than one of them is held, whatever a page of them weighs. What stands around
 * the items is kept, for the end.
 */
export class ListText {
  #depth = 0;
  #isInText = false;
  /** The chunk before ended with a backslash that escapes what comes. */
  #isEscaped = false;
  /** Of the brackets around: which one opened each depth. */
  readonly #opened: number[] = [];
  #item = new Pieces();
  readonly #around = new Pieces();

  /** The items that end in this chunk, as JSON. An item that is larger than any object can be is told by its name alone. */
  *push(chunk: Buffer): Generator<string | Oversized> {
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      if (this.#isInText) {
        at = this.#passText(chunk, at);
        continue;
      }
      const byte = chunk[at];
      if (byte === QUOTE) {
        this.#isInText = true;
      } else if (byte === BRACE || byte === BRACKET) {
        this.#opened[this.#depth] = byte;
        this.#depth += 1;
        if (!this.#isAt(ITEM_DEPTH)) continue;
        this.#around.add(chunk.subarray(from, at));
        from = at;
      } else if (byte !== undefined && isClosing(byte)) {
        const isEnd = this.#isAt(ITEM_DEPTH);
        this.#depth -= 1;
        if (!isEnd) continue;
        this.#item.add(chunk.subarray(from, at + 1));
        from = at + 1;
        yield this.#item.isOver ? oversizedIn(this.#item.bytes()) : this.#item.bytes().toString('utf8');
        this.#item = new Pieces();
      } else if (byte === COMMA && this.#isAt(ITEM_DEPTH - 1)) {
        this.#around.add(chunk.subarray(from, at));
        from = at + 1;
      }
    }
    const isWithin = this.#depth >= ITEM_DEPTH && this.#isInItems;
    (isWithin ? this.#item : this.#around).add(chunk.subarray(from));
  }

  /** What stood around the items: the list, empty. Throws where it did not arrive whole. */
  rest(): unknown {
    if (this.#around.isOver) throw new Error('its answer is no list');
    return parsed(this.#around.bytes().toString('utf8'));
  }

  /** The next quote of the text that goes on at `from`, or the end of the chunk. Native search: most of a Secret is its values. */
  #passText(chunk: Buffer, from: number): number {
    const quote = chunk.indexOf(QUOTE, from);
    const end = quote === -1 ? chunk.length : quote;
    let start = end;
    while (start > from && chunk[start - 1] === BACKSLASH) start -= 1;
    const isCarried = this.#isEscaped && start === from;
    const isEscaped = ((end - start) % 2 === 1) !== isCarried;
    this.#isEscaped = quote === -1 && isEscaped;
    this.#isInText = quote === -1 || isEscaped;
    return end;
  }

  #isAt(depth: number): boolean {
    return this.#depth === depth && this.#isInItems;
  }

  get #isInItems(): boolean {
    return this.#opened[0] === BRACE && this.#opened[1] === BRACKET;
  }
}

/** The parser's own message quotes the text, which may be a Secret. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Error('its answer is no JSON');
  }
}
