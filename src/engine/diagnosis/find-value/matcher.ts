/** The length of the window that is compared first, in bytes. No sought text is shorter. */
const WINDOW = 8;
const BASE = 0x01000193;
/** The weight of the byte that leaves the window. */
const LEAVING = Array.from({ length: WINDOW }).reduce<number>((power) => Math.imul(power, BASE), 1);

/** A text to find. Each character is one byte of UTF-8. */
export interface Needle {
  readonly text: string;
  /** Counts only if no letter or digit continues it: `hunter22` is in `-phunter22`, and not in `xhunter22`. */
  readonly isWord: boolean;
}

/**
 * Finds many texts in one pass, by a rolling hash (Rabin and Karp). The time is linear in the text, whatever it holds:
 * a text that costs too many comparisons is given up.
 */
export class Matcher {
  readonly #needles: readonly Needle[];
  readonly #byHash = new Map<number, number[]>();
  /** Nearly every window ends at this table, by the upper half of its hash. */
  readonly #mayMatch = new Uint8Array(1 << 16);

  constructor(needles: readonly Needle[]) {
    this.#needles = needles;
    for (const [index, { text }] of needles.entries()) {
      let hash = 0;
      for (let at = 0; at < WINDOW; at += 1) hash = (Math.imul(hash, BASE) + text.charCodeAt(at)) | 0;
      this.#mayMatch[hash >>> 16] = 1;
      const sameHash = this.#byHash.get(hash);
      if (sameHash === undefined) this.#byHash.set(hash, [index]);
      else sameHash.push(index);
    }
  }

  /** Calls `found` with the index of each needle in the text. Returns false if it gave the text up. */
  search(text: string, found: (needle: number) => void): boolean {
    let comparable = MAX_COMPARED_PER_BYTE * text.length + MAX_COMPARED;
    let hash = 0;
    for (let end = 0; end < text.length; end += 1) {
      const leaving = end < WINDOW ? 0 : Math.imul(text.charCodeAt(end - WINDOW), LEAVING);
      hash = (Math.imul(hash, BASE) + text.charCodeAt(end) - leaving) | 0;
      if (this.#mayMatch[hash >>> 16] === 0 || end + 1 < WINDOW) continue;
      for (const index of this.#byHash.get(hash) ?? []) {
        const needle = this.#needles[index]!;
        comparable -= needle.text.length;
        if (comparable < 0) return false;
        if (isAt(text, needle, end + 1 - WINDOW)) found(index);
      }
    }
    return true;
  }
}

/** Only a text that repeats the beginning of a long value again and again costs more. In bytes. */
const MAX_COMPARED_PER_BYTE = 64;
const MAX_COMPARED = 16 * 1024 * 1024;

function isAt(text: string, { text: sought, isWord }: Needle, at: number): boolean {
  if (!text.startsWith(sought, at)) return false;
  if (!isWord) return true;
  const end = at + sought.length;
  const continues = (inside: number, outside: number): boolean =>
    isAlphanumeric(text.charCodeAt(inside)) && isAlphanumeric(text.charCodeAt(outside));
  return (isOptionValue(text, at) || !continues(at, at - 1)) && !continues(end - 1, end);
}

/** `mysql -pVALUE` */
const isOptionValue = (text: string, at: number): boolean =>
  text[at - 2] === '-' && text[at - 3] !== '-' && !isAlphanumeric(text.charCodeAt(at - 3));

/** False for NaN, the code before the beginning and after the end. */
const isAlphanumeric = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
