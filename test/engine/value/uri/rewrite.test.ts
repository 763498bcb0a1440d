import t from 'tap';
import { readConnection } from '../../../../src/engine/value/uri/read.ts';
import type { NewParts } from '../../../../src/engine/value/uri/rewrite/edit.ts';
import { rewriteConnection } from '../../../../src/engine/value/uri/rewrite/rewrite.ts';

const ALL: NewParts = { user: 'u', password: 'p@', host: 'h', port: '1', database: 'd' };

const REWRITTEN: readonly (readonly [text: string, wanted: NewParts, result: string | undefined])[] = [
  [
    'postgres://a:b@c:5/e?sslmode=require&x=%2f',
    { password: 'p@/w' },
    'postgres://a:p%40%2Fw@c:5/e?sslmode=require&x=%2f',
  ],
  ['postgresql+asyncpg://a:b@c:5/e', ALL, 'postgresql+asyncpg://u:p%40@h:1/d'],
  ['postgresql:///e', ALL, 'postgresql://u:p%40@h:1/d'],
  ['postgresql://c', ALL, 'postgresql://u:p%40@h:1/d'],
  ['postgresql://c?x=1', ALL, 'postgresql://u:p%40@h:1/d?x=1'],
  ['postgresql://u:p@/db', { host: 'h' }, 'postgresql://u:p@h/db'],
  ['postgresql://u@h', { password: 'p' }, 'postgresql://u:p@h'],
  ['postgresql://h/db', { password: 'p' }, 'postgresql://:p@h/db'],
  ['postgresql://h/db', { user: 'u' }, 'postgresql://u@h/db'],
  ['redis://:old@h:6379/0', { password: 'new' }, 'redis://:new@h:6379/0'],
  ['redis://:old@h:6379/0', { user: 'u' }, 'redis://u:old@h:6379/0'],
  ['postgresql://h/db', { host: '::1' }, 'postgresql://[::1]/db'],
  ['postgresql://h/db', { host: '/var/run' }, 'postgresql://%2Fvar%2Frun/db'],
  ['postgresql:///db?host=/var/run', { host: 'h', port: '1' }, 'postgresql:///db?host=h&port=1'],
  ['postgresql://u:p@h/db?password=q', { password: 'new' }, 'postgresql://u:new@h/db?password=new'],
  ['postgresql://h/db?user=u&password=q', { password: 'a b' }, 'postgresql://h/db?user=u&password=a%20b'],
  ['postgresql://u:p@a:1,b:2/db', { host: 'h' }, 'postgresql://u:p@h/db'],
  ['postgresql://u:p@a:1,b:1/db', { host: 'h' }, 'postgresql://u:p@h:1/db'],
  ['postgresql://u:p@a:1,b:2/db', { port: '3' }, 'postgresql://u:p@a:3,b:3/db'],
  ['postgresql://u:p@a:1,b:2/db', { host: 'c,d' }, 'postgresql://u:p@c:1,d:2/db'],
  ['postgresql://u:p@a:1,b:2/db', { port: '3,4,5' }, undefined],
  ['postgresql://u:p@a:1,b:2/db', { password: 'x' }, 'postgresql://u:x@a:1,b:2/db'],
  [
    'postgresql://h/db?sslmode=disable',
    { params: new Map([['sslmode', 'require']]) },
    'postgresql://h/db?sslmode=require',
  ],
  ['postgresql://h/db', { params: new Map([['a b', 'c&d']]) }, 'postgresql://h/db?a%20b=c%26d'],
  ['postgresql://h/db?', { params: new Map([['a', 'b']]) }, 'postgresql://h/db?a=b'],
  ['postgresql://u:p@ss/w@h/db', { password: 'p@ss/w' }, 'postgresql://u:p%40ss%2Fw@h/db'],
  ['postgresql://u@corp:p@h/db', { password: 'new' }, 'postgresql://u@corp:new@h/db'],
  [
    'jdbc:postgresql://h:5432/db',
    { user: 'u', password: 'p&' },
    'jdbc:postgresql://h:5432/db?user=u&password=p%26',
  ],
  [
    'jdbc:postgresql://h/db?user=u&password=q',
    { password: '+' },
    'jdbc:postgresql://h/db?user=u&password=%2B',
  ],
  ['jdbc:postgresql:db', { password: 'p' }, 'jdbc:postgresql:db?password=p'],
  ['jdbc:postgresql:db', { host: 'h' }, 'jdbc:postgresql://h/db'],
  ['jdbc:postgresql:db?a=b', { host: 'h', port: '1' }, 'jdbc:postgresql://h:1/db?a=b'],
  [
    'jdbc:sqlserver://h;user=sa;password=q',
    { password: 'a;@}' },
    'jdbc:sqlserver://h;user=sa;password={a;@}}}',
  ],
  ['jdbc:h2:mem:x;USER=sa;PASSWORD=q', { password: 'new' }, 'jdbc:h2:mem:x;USER=sa;PASSWORD=new'],
  ['jdbc:h2:mem:x;USER=sa;PASSWORD=q', { password: 'a;b' }, undefined],
  ["host=h  password='old'  user=u", { password: "it's \\" }, "host=h  password='it\\'s \\\\'  user=u"],
  ['host=h', { password: '', database: 'd' }, "host=h password='' dbname=d"],
  ['host=h password=x', { password: 'a\nb' }, undefined],
  ['Server=h;User Id=u;Password=q;', { password: 'a;b' }, 'Server=h;User Id=u;Password="a;b";'],
  ['Server=h;User Id=u;Password=q;', { password: 'a"b' }, `Server=h;User Id=u;Password='a"b';`],
  ['Server=h;User Id=u;Password=q;', { password: `"'` }, `Server=h;User Id=u;Password="""'";`],
  ['Server=h;User Id=u', { port: '1' }, undefined],
  ['Host=h;Username=u', { password: 'p' }, 'Host=h;Username=u;Password=p'],
  ['sqlite:///x.db', { password: 'p' }, undefined],
];

t.test('changes only the named parts, encoded for their position', async (t) => {
  for (const [text, wanted, result] of REWRITTEN) {
    const connection = readConnection(text);
    if (connection === undefined) t.fail(`not read: ${text}`);
    else t.equal(rewriteConnection(text, connection, wanted), result, `${text} ${JSON.stringify(wanted)}`);
  }
});

t.test('encodes a raw user that a parser would read as part of the new password', async (t) => {
  const text = 'postgresql://app:rw:old@h/db';
  const connection = readConnection(text, { password: 'old' });
  t.equal(connection?.user?.value, 'app:rw');
  t.equal(
    connection && rewriteConnection(text, connection, { password: 'new' }),
    'postgresql://app%3Arw:new@h/db',
  );
});

t.test('a raw password stays as it is while another part changes', async (t) => {
  const text = 'postgresql://app:p@ss/w@h/db';
  const connection = readConnection(text, { password: 'p@ss/w' });
  t.equal(
    connection && rewriteConnection(text, connection, { database: 'other' }),
    'postgresql://app:p@ss/w@h/other',
  );
});
