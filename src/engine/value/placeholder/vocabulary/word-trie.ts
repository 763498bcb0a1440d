/** The kinds of words. A word has the number of its kind, from 1. */
const KINDS = ['mark', 'hard', 'soft', 'your', 'glue', 'common'] as const;
export type WordKind = (typeof KINDS)[number];

/** The bits of a node: the kind of the word that ends there, and the two below. */
const KIND_BITS = 7;
/** Joined letters may be cut into this word. */
const PIECE = 8;
/** A stem ends here: a longer word is a form of it. */
const STEM = 16;

/** Four letters of a stem decide whether a word may be a form of it. */
export const SHORTEST_STEM = 4;
/** Longest ending that inflection adds to a stem: `пользоват-елями`. */
const LONGEST_ENDING = 6;
/** A shorter word has no plural. */
const SHORTEST_PLURAL = 5;
const ROOTS = 128;

/**
 * Words as a tree of letters: a search ends as soon as no word continues. The nodes are numbers, and their parts stand
 * in typed arrays, because a tree of objects takes thirty times the memory. The root is node 0, and 0 also ends a list.
 */
export class WordTrie {
  /** The letter of a node, the first node behind it, and the next node behind the same one. */
  #letter: Uint16Array;
  #child: Uint16Array;
  #sibling: Uint16Array;
  #bits: Uint8Array;
  /** The nodes behind the root, by letter. Nearly every search ends at one of the first three letters. */
  readonly #roots = new Uint16Array(ROOTS);
  /** The same for other letters: words of one script begin with hundreds of them. */
  readonly #otherRoots = new Map<number, number>();
  #size = 1;

  constructor(letters: number) {
    this.#letter = new Uint16Array(letters);
    this.#child = new Uint16Array(letters);
    this.#sibling = new Uint16Array(letters);
    this.#bits = new Uint8Array(letters);
  }

  /** The last kind of a word counts. */
  add(word: string, kind: WordKind, isPiece: boolean): void {
    const node = this.#nodeOf(word);
    const stem = this.#bits[node]! & STEM;
    this.#bits[node] = stem | (isPiece ? PIECE : 0) | (KINDS.indexOf(kind) + 1);
  }

  addStem(stem: string): void {
    this.#bits[this.#nodeOf(stem)]! |= STEM;
  }

  /** Gives back the memory that no node needs. */
  close(): this {
    this.#letter = this.#letter.slice(0, this.#size);
    this.#child = this.#child.slice(0, this.#size);
    this.#sibling = this.#sibling.slice(0, this.#size);
    this.#bits = this.#bits.slice(0, this.#size);
    return this;
  }

  /** The node behind this one for a letter, or 0. */
  next(node: number, letter: number): number {
    if (node === 0) return letter < ROOTS ? this.#roots[letter]! : (this.#otherRoots.get(letter) ?? 0);
    let at = this.#child[node]!;
    while (at !== 0 && this.#letter[at] !== letter) at = this.#sibling[at]!;
    return at;
  }

  /** The number of the kind of the piece that ends at a node, or 0. */
  pieceAt(node: number): number {
    const bits = this.#bits[node]!;
    return (bits & PIECE) === 0 ? 0 : bits & KIND_BITS;
  }

  /** The kind of exactly this word. */
  kindOfExact(word: string): WordKind | undefined {
    let node = 0;
    for (let at = 0; at < word.length; at++) {
      node = this.next(node, word.charCodeAt(at));
      if (node === 0) return undefined;
    }
    return kindOfNumber(this.#bits[node]! & KIND_BITS);
  }

  /** The kind of this word, or of its singular. */
  kindOf(word: string): WordKind | undefined {
    return kindOfNumber(this.#numberIn(word) & KIND_BITS);
  }

  /** The same. A form of a stem is `hard`. */
  kindOfForm(word: string): WordKind | undefined {
    const number = this.#numberIn(word);
    return number === STEM ? 'hard' : kindOfNumber(number);
  }

  /** The number of a kind, `STEM` for a word that is only a form of a stem, or 0. */
  #numberIn(word: string): number {
    const last = word.length - 1;
    let node = 0;
    let singular = 0;
    let stem = 0;
    for (let at = 0; at <= last; at++) {
      if (at === last) singular = node;
      node = this.next(node, word.charCodeAt(at));
      if (node === 0) break;
      if (last - at <= LONGEST_ENDING) stem |= this.#bits[node]! & STEM;
    }
    const kind = this.#bits[node]! & KIND_BITS;
    if (kind !== 0) return kind;
    const isPlural = word.length >= SHORTEST_PLURAL && word.endsWith('s');
    return (isPlural ? this.#bits[singular]! & KIND_BITS : 0) || stem;
  }

  /** The word is a stem with at most a short ending. */
  isInflected(word: string): boolean {
    let node = 0;
    for (let at = 0; at < word.length; at++) {
      node = this.next(node, word.charCodeAt(at));
      if (node === 0) return false;
      if ((this.#bits[node]! & STEM) !== 0 && word.length - at - 1 <= LONGEST_ENDING) return true;
    }
    return false;
  }

  #nodeOf(word: string): number {
    let node = 0;
    for (let at = 0; at < word.length; at++) {
      const letter = word.charCodeAt(at);
      node = this.next(node, letter) || this.#append(node, letter);
    }
    return node;
  }

  #append(parent: number, letter: number): number {
    const node = this.#size++;
    this.#letter[node] = letter;
    if (parent !== 0) {
      this.#sibling[node] = this.#child[parent]!;
      this.#child[parent] = node;
    } else if (letter < ROOTS) this.#roots[letter] = node;
    else this.#otherRoots.set(letter, node);
    return node;
  }
}

export const kindOfNumber = (number: number): WordKind | undefined =>
  number === 0 ? undefined : KINDS[number - 1];

/** Words with blanks between them. The kinds are those of `english.ts`. */
export type WordLists = Readonly<Record<'mark' | 'hard' | 'soft' | 'your' | 'glue' | 'stems', string>>;
