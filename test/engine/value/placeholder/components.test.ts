import t from 'tap';
import { componentsOf } from '../../../../src/engine/value/placeholder/words/components.ts';
import { fc } from '../../../helpers/property.ts';

const textsOf = (text: string): readonly string[] => componentsOf(text).map((component) => component.text);

t.test('the parts of a URL, a host name and an address', async (t) => {
  t.strictSame(textsOf('https://your-domain.com/a?b=c'), [
    'https',
    'your-domain.com',
    'your-domain',
    'com',
    'a',
    'b',
    'c',
  ]);
  t.strictSame(textsOf('me@example.org'), ['me@example.org', 'me', 'example.org', 'example', 'org']);
  t.strictSame(
    componentsOf('/srv/app').map(({ inPath }) => inPath),
    [true, true],
  );
  t.strictSame(textsOf(Array(100).fill('a').join(' ')), [], 'a list has no parts');
});

t.test('any blank and any sign of a URL parts them', async (t) => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom('a', 'B9', 'é', '-', ' ', '\t', '\u00a0', '\u2028', '😀', '/', ':', '[', '"'),
        {
          maxLength: 20,
        },
      ),
      (characters) => {
        const text = characters.join('');
        const tokens = text.match(/[^\s/:@?&=#,;|()[\]{}<>"']+/g) ?? [];
        const found = textsOf(text).filter((part) => part !== text);
        t.strictSame(
          found,
          tokens.filter((token) => token !== text),
        );
      },
    ),
  );
});
