import { factByName } from '../../secret/key-names/fact-by-name.ts';
import { wordsOfKey } from '../../secret/key-names/sensitive-keys.ts';
import { fold, lettersOf } from './vocabulary/vocabulary.ts';
import { contextWordsIn } from './words/words-of-names.ts';

/** A pattern for names, and its bit in the answers that a name keeps. */
interface NamePattern {
  readonly pattern: RegExp;
  readonly bit: number;
}

/** The bits of a number. */
const MAX_PATTERNS = 32;
let patterns = 0;

/** For the top level of a module, because each call takes one of 32 bits. */
export function namePattern(pattern: RegExp): NamePattern {
  if (patterns === MAX_PATTERNS) throw new Error(`a KeyName keeps ${MAX_PATTERNS} answers at most`);
  const bit = 1 << patterns;
  patterns += 1;
  return { pattern, bit };
}

/** The name of a key, and all that the checks ask of it. Each answer is computed once. */
export class KeyName {
  readonly key: string;
  #letters: string | undefined;
  #words: readonly string[] | undefined;
  #contextWords: readonly string[] | undefined;
  /** The patterns that were asked, and those that match. */
  #asked = 0;
  #matching = 0;

  constructor(key: string) {
    this.key = key;
  }

  /** Letters and digits, folded. */
  get letters(): string {
    this.#letters ??= lettersOf(fold(this.key));
    return this.#letters;
  }

  get words(): readonly string[] {
    this.#words ??= wordsOfKey(this.key);
    return this.#words;
  }

  /** The words that a value under this key may be made of. */
  get contextWords(): readonly string[] {
    this.#contextWords ??= contextWordsIn([this.key]);
    return this.#contextWords;
  }

  matches({ pattern, bit }: NamePattern): boolean {
    if ((this.#asked & bit) === 0) {
      this.#asked |= bit;
      if (pattern.test(this.key)) this.#matching |= bit;
    }
    return (this.#matching & bit) !== 0;
  }
}

/**
 * The name of a key of a Secret, kept for the next Secret: a cluster has few different keys. A member of a file has a
 * name too, which is a part of a value, so it gets a `KeyName` that nothing keeps.
 */
export const keyName: (key: string) => KeyName = factByName((key) => new KeyName(key));
