import t from 'tap';
import { isReadAlike, readConnection } from '../../../src/engine/uri/read.ts';
import { fc } from '../../helpers/property.ts';

/** Few different pieces, so that a password often stands in the text several times. */
const piece = fc.constantFrom(
  'a',
  'b',
  'a:b',
  '@',
  '/',
  '?',
  ':',
  '#',
  '%40',
  ',',
  'h:5432',
  '&password=',
  '\t',
);
const pieces = (max: number) => fc.array(piece, { maxLength: max }).map((all) => all.join(''));
const scheme = fc.constantFrom(
  'postgresql://',
  'redis://',
  'sqlserver://',
  'https://',
  'jdbc:postgresql://',
  '',
);

t.test('a text that is read alike gives the same parts with its password as the hint', async (t) => {
  let alike = 0;
  fc.assert(
    fc.property(scheme, pieces(8), pieces(3), pieces(5), (start, user, password, rest) => {
      const text = `${start}${user}:${password}@${rest}`;
      const connection = readConnection(text);
      if (!isReadAlike(text, connection, password)) return;
      if (password !== '' && text.includes(password) && connection !== undefined) alike += 1;
      t.same(readConnection(text, { password }), connection, text);
    }),
    { numRuns: 5000 },
  );
  t.ok(alike > 20, `${alike} texts with a raw copy`);
});

t.test('a raw copy in another place is read by its hint', async (t) => {
  for (const text of [
    'postgresql://u:p@h/d@h/db',
    'postgresql://u:x@h/db?password=x',
    'postgresql://u:p@h/d@x:5/y',
    'password=p host=h user=u',
  ])
    t.notOk(isReadAlike(text, readConnection(text), /password=(\w+)/.exec(text)?.[1] ?? 'p@h/d'), text);
  t.ok(isReadAlike('postgresql://u:p@h/db', readConnection('postgresql://u:p@h/db'), 'p'));
});
