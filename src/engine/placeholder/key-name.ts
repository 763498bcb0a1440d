import { wordsOfKey } from '../secret/sensitive-keys.ts';
import { fold, lettersOf } from './vocabulary/vocabulary.ts';

/** The name of a key, and all that the checks ask of it. Each answer is computed once. */
export class KeyName {
  readonly key: string;
  #letters: string | undefined;
  #words: readonly string[] | undefined;
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

const cache = new Map<string, KeyName>();
const MAX_CACHED = 4096;
/** The limit of the API server. A client that is not the API server may send megabytes. */
const MAX_KEY_LENGTH = 253;

/**
 * The name of a key of a Secret, kept for the next Secret: a cluster has few different keys. A member of a file has a
 * name too, which is a part of a value, so it gets a `KeyName` that nothing keeps.
 */
export function keyName(key: string): KeyName {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const name = new KeyName(key);
  if (key.length > MAX_KEY_LENGTH) return name;
  if (cache.size === MAX_CACHED) cache.clear();
  cache.set(key, name);
  return name;
}
