import { build } from 'esbuild';
import t from 'tap';
import { packedWords } from '../../../scripts/build/packed-words.ts';
import { latinWords, readLatinWords } from '../../../src/engine/placeholder/vocabulary/vocabulary.ts';
import { WordTrie } from '../../../src/engine/placeholder/vocabulary/word-trie.ts';

const ROOT = new URL('../../..', import.meta.url).pathname;

/** What a release holds in place of the file. */
async function packedByBuild(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/engine/placeholder/vocabulary/packed-latin-words.ts'],
    bundle: true,
    format: 'esm',
    write: false,
    plugins: [packedWords],
  });
  const text = Buffer.from(outputFiles[0]!.contents).toString('base64');
  return (await import(`data:text/javascript;base64,${text}`)).PACKED_LATIN_WORDS;
}

t.test('a release has the Latin words as the tree that the source makes of their lists', async (t) => {
  const packed = await packedByBuild();
  t.equal(packed, readLatinWords().pack());
  t.equal(packed, WordTrie.unpack(packed).pack());
  t.equal(packed, latinWords().pack(), 'the source reads its lists');
});

t.test('the tree of a release finds each word as the one of the source does', async (t) => {
  const [source, released] = [readLatinWords(), WordTrie.unpack(await packedByBuild())];
  const words = wordsOf(source);
  t.ok(words.length > 1500, `${words.length} words`);
  for (const word of words)
    for (const text of [word, `${word}s`, `${word}x`, word.slice(0, -1)])
      if (
        source.kindOfForm(text) !== released.kindOfForm(text) ||
        kindInText(source, text) !== kindInText(released, text)
      )
        t.fail(text);
});

const kindInText = (words: WordTrie, text: string) =>
  words.kindOfLetters(`-${text.toUpperCase()}-`, 1, text.length + 1);

/** Each text that ends at a node with a kind, letter by letter. */
function wordsOf(words: WordTrie): readonly string[] {
  const found: string[] = [];
  const visit = (node: number, text: string): void => {
    if (words.kindOfExact(text) !== undefined) found.push(text);
    for (let letter = 0; letter < 128; letter++) {
      const next = words.next(node, letter);
      if (next !== 0) visit(next, text + String.fromCharCode(letter));
    }
  };
  visit(0, '');
  return found;
}
