import { factByName } from '../secret/fact-by-name.ts';
import { wordsOfKey } from '../secret/sensitive-keys.ts';
import { ownWordsIn } from './own/words-of-names.ts';
import { fold, lettersOf } from './vocabulary/vocabulary.ts';

/** The name of a key, and all that the checks ask of it. Each answer is computed once. */
export class KeyName {
  readonly key: string;
  #letters: string | undefined;
  #words: readonly string[] | undefined;
  #ownWords: readonly string[] | undefined;
  #matches: Map<RegExp, boolean> | undefined;

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
  get ownWords(): readonly string[] {
    this.#ownWords ??= ownWordsIn([this.key]);
    return this.#ownWords;
  }

  matches(pattern: RegExp): boolean {
    this.#matches ??= new Map();
    let does = this.#matches.get(pattern);
    if (does === undefined) {
      does = pattern.test(this.key);
      this.#matches.set(pattern, does);
    }
    return does;
  }
}

/**
 * The name of a key of a Secret, kept for the next Secret: a cluster has few different keys. A member of a file has a
 * name too, which is a part of a value, so it gets a `KeyName` that nothing keeps.
 */
export const keyName: (key: string) => KeyName = factByName((key) => new KeyName(key));
