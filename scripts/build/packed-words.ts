import type { Plugin } from 'esbuild';
import { readLatinWords } from '../../src/engine/placeholder/vocabulary/vocabulary.ts';

/** The release holds the Latin words as the tree that the source makes of their lists. */
export const packedWords: Plugin = {
  name: 'packed-words',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/vocabulary\/packed-latin-words\.ts$/ }, () => ({
      contents: `export const PACKED_LATIN_WORDS = '${readLatinWords().pack()}';`,
    }));
  },
};
