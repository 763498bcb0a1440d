import type { WordKind } from '../vocabulary/word-trie.ts';

/**
 * One piece of a value.
 *
 * - `number` is a number that people add by habit (`123`, `2024`, `32`). Other digits are `digits`.
 * - `noise` is a short run of letters between digits, known or not: random hexadecimal contains `db` and `a`.
 * - `whole` is false for a piece that was cut out of joined letters.
 */
export interface Word {
  readonly text: string;
  readonly kind: WordKind | 'unknown' | 'noise' | 'number' | 'digits';
  readonly whole: boolean;
  /** A name from the context that is in no list. */
  readonly isOwn?: true;
}

/** No word of any list is longer. */
export const MAX_WORD_LENGTH = 30;
