import t from 'tap';

import {
  kindOf,
  latinWords,
  wordsOfOtherScripts,
} from '../../../../src/engine/value/placeholder/vocabulary/vocabulary.ts';
import { kindOfNumber, WordTrie } from '../../../../src/engine/value/placeholder/vocabulary/word-trie.ts';

function aTrie(): WordTrie {
  const trie = new WordTrie(100);
  trie.add('secret', 'common', false);
  trie.add('secret', 'hard', true);
  trie.add('secretary', 'soft', true);
  trie.add('ключ', 'hard', true);
  trie.addStem('passwo');
  return trie.close();
}

t.test('a word has its last kind, and so has its plural', async (t) => {
  const trie = aTrie();
  t.equal(trie.kindOf('secret'), 'hard');
  t.equal(trie.kindOf('secrets'), 'hard');
  t.equal(trie.kindOf('secretary'), 'soft');
  t.equal(trie.kindOf('ключ'), 'hard');
  for (const none of ['', 's', 'secre', 'secreta', 'secretss', 'xsecret', 'passwo', 'ключи'])
    t.equal(trie.kindOf(none), undefined, none);
  t.equal(trie.kindOfExact('secrets'), undefined);
  t.equal(trie.kindOfExact('secret'), 'hard');
});

t.test('a stem takes a short ending', async (t) => {
  const trie = aTrie();
  for (const form of ['passwo', 'password', 'passwoerter']) t.ok(trie.isInflected(form), form);
  for (const none of ['passw', 'passwoerterbuch', 'xpasswort', '']) t.notOk(trie.isInflected(none), none);
});

t.test('only pieces are cut out of joined letters', async (t) => {
  const trie = new WordTrie(20);
  trie.add('ab', 'soft', false);
  trie.add('abc', 'mark', true);
  const node = trie.next(trie.next(0, 97), 98);
  t.equal(trie.pieceAt(node), 0);
  t.equal(kindOfNumber(trie.pieceAt(trie.next(node, 99))), 'mark');
  t.equal(trie.next(node, 100), 0);
});

t.test('the vocabulary is one table for each script', async (t) => {
  t.equal(latinWords(), latinWords());
  t.equal(wordsOfOtherScripts(), wordsOfOtherScripts());
  t.equal(kindOf('passwords'), 'hard');
  t.equal(kindOf('changeme'), 'mark');
  t.equal(kindOf('pleeease'), kindOf('please'));
  t.equal(kindOf('пароль'), 'hard');
  t.equal(kindOf('mariposa'), undefined);
});
