import t from 'tap';
import { SOUND_FILES } from '../../helpers/engine/embedded-values.ts';
import { aCreate, sentences, validated } from '../../helpers/engine/engine.ts';

for (const [key, text] of Object.entries(SOUND_FILES)) {
  t.test(`a sound ${key} has no finding`, async (t) => {
    t.same(sentences(validated(aCreate({ [key]: text }, { name: 'ledger' }))), []);
  });
}

t.test('nor does a sound file in UTF-16, with a byte order mark, or with line ends of Windows', async (t) => {
  for (const [key, text] of Object.entries(SOUND_FILES)) {
    if (!text.includes('\n') || /BEGIN/.test(text)) continue;
    const spellings = [
      Buffer.from(`\ufeff${text}`),
      Buffer.from(text, 'utf16le'),
      text.replaceAll('\n', '\r\n'),
    ];
    for (const spelling of spellings)
      t.same(sentences(validated(aCreate({ [key]: spelling }, { name: 'ledger' }))), [], key);
  }
});
