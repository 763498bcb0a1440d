import t from 'tap';
import type { ConnectionString, PartName } from '../../../../src/engine/value/uri/connection.ts';
import { buildUrl } from '../../../../src/engine/value/uri/encode.ts';
import { readConnection, urlPassword } from '../../../../src/engine/value/uri/read.ts';
import { rewriteConnection } from '../../../../src/engine/value/uri/rewrite/rewrite.ts';
import { libpqParse } from '../../../helpers/postgres/libpq.ts';
import { fc } from '../../../helpers/property.ts';

const PARTS: readonly PartName[] = ['user', 'password', 'host', 'port', 'database'];
const text = fc.string({ unit: 'binary' });
const plain = text.filter((value) => !value.includes('\0'));

/** Texts that look like a connection string, most of them malformed. */
const shard = fc.constantFrom(
  ...[
    'postgresql://',
    'jdbc:sqlserver://',
    'redis://',
    'jdbc:',
    'https://',
    'host=',
    ' password=',
    'Server=',
    ';Password=',
    ';',
  ],
  ...[
    "'",
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    '@',
    ':',
    '/',
    '?',
    '#',
    '&',
    '=',
    '%',
    '%41',
    '%zz',
    ',',
    ' ',
    '+',
    'db',
    'user=',
    '5432',
  ],
);
const hostile = fc.oneof(
  text,
  fc.array(fc.oneof({ weight: 4, arbitrary: shard }, text), { maxLength: 24 }).map((all) => all.join('')),
);

const usable = fc.constantFrom(
  'postgresql://u:p@h:1/d?sslmode=disable',
  'postgresql://u:p@h/d?password=q',
  'postgresql:///d',
  'postgresql://u@a:1,b:2/d',
  'postgresql://h?user=u&password=p&__proto__=1',
  'jdbc:postgresql://h:1/d?user=u&password=p',
  'jdbc:postgresql:d',
  'redis://:p@h:6379/0',
  'mongodb+srv://u:p@h/d?w=majority',
  'https://u:p@h/x#y',
);

t.test('reads any text without a throw, and a rewrite without parts changes nothing', async () => {
  fc.assert(
    fc.property(hostile, fc.option(hostile, { nil: undefined }), (input, password) => {
      urlPassword(input);
      const connection = readConnection(input, password === undefined ? {} : { password });
      if (connection !== undefined && rewriteConnection(input, connection, {}) !== input)
        throw new Error('changed');
    }),
    { numRuns: 5000 },
  );
});

t.test('rewrites any text without a throw, and keeps the old and new parts', async () => {
  fc.assert(
    fc.property(hostile, plain, fc.constantFrom(...PARTS), (input, value, name) => {
      const connection = readConnection(input);
      const result = connection && rewriteConnection(input, connection, { [name]: value });
      if (connection === undefined || result === undefined) return true;
      const hint = name === 'password' ? {} : { password: connection.password?.value ?? '' };
      const read = readConnection(result, connection.password?.portable === false ? hint : {});
      return PARTS.every(
        (part) => part === name || part === 'port' || held(read, part) === held(connection, part),
      );
    }),
    { numRuns: 5000 },
  );
});

t.test('every password survives a rewrite and a read of every URL', async () => {
  fc.assert(
    fc.property(usable, plain, (url, password) => {
      const connection = readConnection(url);
      const result = connection && rewriteConnection(url, connection, { password });
      if (connection === undefined || result === undefined) return false;
      const read = readConnection(result);
      const others = PARTS.filter((part) => part !== 'password');
      return (
        held(read, 'password') === password &&
        read?.password?.portable !== false &&
        others.every((part) => held(read, part) === held(connection, part)) &&
        connection.params.size === read?.params.size
      );
    }),
    { numRuns: 2000 },
  );
});

t.test('every printable password survives a rewrite of the keyword and the ADO form', async () => {
  const printable = fc.string({ unit: 'grapheme' });
  const texts = fc.constantFrom(
    "host=h password='x' user=u",
    'Server=h;Password=x;User Id=u',
    'Host=h;Username=u',
    'host=h',
  );
  fc.assert(
    fc.property(texts, printable, (input, password) => {
      const connection = readConnection(input);
      const result = connection && rewriteConnection(input, connection, { password });
      return result !== undefined && held(readConnection(result), 'password') === password;
    }),
  );
});

t.test('libpq reads built and rewritten strings with the intended parts', async () => {
  fc.assert(
    fc.property(plain, plain, (user, password) => {
      const built = buildUrl({ scheme: 'postgresql', user, password, host: 'h', port: '1', database: 'd' });
      const connection = readConnection("host=h password='x'");
      const keyword = connection && rewriteConnection("host=h password='x'", connection, { password });
      const fromKeyword = keyword === undefined ? password : libpqParse(keyword).get('password');
      const options = libpqParse(built);
      return (
        (options.get('user') ?? '') === user &&
        (options.get('password') ?? '') === password &&
        fromKeyword === password
      );
    }),
    { numRuns: 500 },
  );
});

t.test('recognises a raw password by the hint, whatever its characters', async () => {
  fc.assert(
    fc.property(plain, (password) => {
      const read = readConnection(`postgresql://u:${password}@h:1/d`, { password });
      return held(read, 'password') === password && held(read, 'host') === 'h' && held(read, 'user') === 'u';
    }),
    { numRuns: 2000 },
  );
});

function held(connection: ConnectionString | undefined, part: PartName): string {
  return connection?.[part]?.value ?? '';
}
