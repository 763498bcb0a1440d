/**
 * The tree of the Latin words, which the build puts here (scripts/build/packed-words.ts): to read their lists takes
 * longer than to validate a Secret. The source has none.
 */
export const PACKED_LATIN_WORDS: string | undefined = undefined;
