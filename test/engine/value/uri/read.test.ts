import t from 'tap';
import { readConnection, urlPassword } from '../../../../src/engine/value/uri/read.ts';
import { libpqParse } from '../../../helpers/postgres/libpq.ts';

/** text → system, then user, password, host, port, database. `!` follows a part that is not portable, `-` is an absent one. */
const READ: readonly (readonly [text: string, system: string, parts: string])[] = [
  ['postgresql://app:pw@db:5432/app', 'postgres', 'app pw db 5432 app'],
  ['postgres://app:pw@db/app?sslmode=require&connect_timeout=5', 'postgres', 'app pw db - app'],
  ['postgresql+asyncpg://app:pw@db:5432/app', 'postgres', 'app pw db 5432 app'],
  ['postgis://app:pw@db/app', 'postgres', 'app pw db - app'],
  ['r2dbc:pool:postgresql://app:pw@db:5432/app', 'postgres', 'app pw db 5432 app'],
  ['postgresql://db/app', 'postgres', '- - db - app'],
  ['postgresql:///app', 'postgres', '- - - - app'],
  ['postgresql://app:pw@/app', 'postgres', 'app pw - - app'],
  ['postgresql://app@db', 'postgres', 'app - db - -'],
  ['postgresql://:5432/app', 'postgres', '- - - 5432 app'],
  ['postgresql://app:pw@a:5432,b:5433/app', 'postgres', 'app pw a,b 5432,5433 app'],
  ['postgresql://app:pw@a:5432,b:5432/app', 'postgres', 'app pw a,b 5432 app'],
  ['postgresql://app:pw@a,[::1],c:3/app', 'postgres', 'app pw a,::1,c ,,3 app'],
  ['postgresql://app:pw@[fe80::1%25eth0]:1/app', 'postgres', 'app pw fe80::1%eth0 1 app'],
  ['postgresql://%2Fvar%2Frun/app', 'postgres', '- - /var/run - app'],
  ['postgresql:///app?host=/var/run&port=6432', 'postgres', '- - /var/run 6432 app'],
  ['postgresql://db/app?user=app&password=p%40w', 'postgres', 'app p@w db - app'],
  ['postgresql://app:pw@db/app?password=other', 'postgres', 'app pw! db - app'],
  ['postgresql://db/app?user=app&password=a+b', 'postgres', 'app a+b! db - app'],
  ['postgresql://app:p%ss@db/app', 'postgres', 'app p%ss! db - app'],
  ['postgresql://app:p%C3%28@db/app', 'postgres', 'app p%C3%28! db - app'],
  ['postgresql://app:a%2fb@db/app', 'postgres', 'app a/b db - app'],
  ['postgresql://app:p@ss@db/app', 'postgres', 'app p@ss! db - app'],
  ['postgresql://app:p@ss/w@db/app', 'postgres', 'app p@ss/w! db - app'],
  ['postgresql://app:p?a=b@db:5432/app', 'postgres', 'app p?a=b! db 5432 app'],
  ['postgresql://app:p#ss@db/app?x=a@b', 'postgres', 'app p#ss! db - app'],
  ['postgresql://app@corp:pw@db/app', 'postgres', 'app@corp! pw db - app'],
  ['postgresql://app:${PASSWORD}@db:${PORT}/app', 'postgres', 'app ${PASSWORD}! db ${PORT}! app'],
  ['jdbc:postgresql://db:5432/app?user=app&password=p%40w', 'postgres', 'app p@w db 5432 app'],
  ['jdbc:postgresql:app?user=app', 'postgres', 'app - - - app'],
  ['jdbc:mysql://db:3306/app?user=app&password=pw', 'mysql', 'app pw db 3306 app'],
  ['jdbc:aws-wrapper:postgresql://db/app', 'postgres', '- - db - app'],
  [
    'jdbc:sqlserver://db:1433;databaseName=app;user=sa;password={a;b}}c}',
    'sqlserver',
    'sa a;b}c db 1433 app',
  ],
  ['sqlserver://db:1433;database=app;user=sa;password=pw', 'sqlserver', 'sa pw db 1433 app'],
  ['jdbc:h2:mem:test;USER=sa;PASSWORD=pw', 'h2', 'sa pw - - -'],
  ["host=db password='it\\'s' user = app dbname=app", 'postgres', "app it's db - app"],
  ['host=db password=a\\ b', 'postgres', '- a b db - -'],
  ["host=db password='it''s'", 'postgres', "- it's! db - -"],
  ['Server=db;User Id=app;Password=p w;', 'sqlserver', 'app p w db - -'],
  ['Host=db;Port=5432;Username=app;Password="a;""b";Database=app', 'postgres', 'app a;"b db 5432 app'],
  ['Server=db;Port=3306;Uid=app;Pwd=pw', 'mysql', 'app pw db 3306 -'],
  ['Driver={PostgreSQL Unicode};Server=db;UID=app;PWD={a}}b}', 'postgres', 'app a}b db - -'],
  ['mongodb+srv://app:pw@c.example.net/app?w=majority', 'mongodb', 'app pw c.example.net - app'],
  ['mongodb://app:pw@a:27017,b:27017/app', 'mongodb', 'app pw a,b 27017 app'],
  ['redis://:pw@cache:6379/0', 'redis', '- pw cache 6379 0'],
  ['rediss://cache:6379', 'redis', '- - cache 6379 -'],
  ['amqps://app:pw@mq:5671/%2Fv', 'amqp', 'app pw mq 5671 /v!'],
  ['smtp://me@example.com:pw@mail:587', 'smtp', 'me@example.com! pw mail 587 -'],
  ['mysql://root:pw@db/app', 'mysql', 'root pw db - app'],
  ['mysql://app:pw@tcp(db:3306)/app?multiStatements=true', 'mysql', 'app pw db 3306 app'],
  ['mysql://app:p@ss@tcp([::1]:3306)/app', 'mysql', 'app p@ss! ::1 3306 app'],
  ['app:p/w@tcp(db:3306)/app', 'mysql', 'app p/w db 3306 app'],
  ['app:pw@(db:3306)/app?parseTime=true', 'mysql', 'app pw db 3306 app'],
  ['pgx5://app:pw@db:5432/app', 'postgres', 'app pw db 5432 app'],
  ['pdo-pgsql://app:pw@db/app', 'postgres', 'app pw db - app'],
  ['mysql://app:pw@unix(/run/mysqld.sock)/app', 'mysql', 'app pw /run/mysqld.sock! - app'],
  ['pgsql:host=db;port=5432;dbname=app;user=app;password=pw', 'postgres', 'app pw db 5432 app'],
  ['pgsql:host=db port=5432 dbname=app', 'postgres', '- - db 5432 app'],
  ['mysql:host=db;port=3306;dbname=app;charset=utf8mb4', 'mysql', '- - db 3306 app'],
  ['mysql:unix_socket=/run/mysqld.sock;dbname=app', 'mysql', '- - - - app'],
  ['sqlsrv:Server=db,1433;Database=app', 'sqlserver', '- - db 1433 app'],
  ['oci:dbname=//db:1521/app', 'oci', '- - - - //db:1521/app'],
  ['https://me:pw@example.com/a/b', 'https', 'me pw example.com - -'],
  ['https://unpkg.com/a:b@1/x', 'https', '- - unpkg.com - -'],
  ['sqlite:///app.db', 'sqlite', '- - - - -'],
  ['file:./dev.db', 'sqlite', '- - - - -'],
];

const UNREAD = [
  '',
  'postgresql://',
  'postgresql:///',
  'postgresql://app:pass',
  'postgresql://app:pw@db/app\n',
  'postgresql://app:pw@d\tb/app',
  'postgresql://app:pw@[::1/app',
  'postgresql://app:pw@a b/app',
  'postgresql://app:pw@tcp(db:5432)/app',
  ' postgresql://app:pw@db/app',
  'See https://example.com',
  '://x',
  '1a://x',
  'password=x',
  'hello world',
  'note: nothing',
  '{"url":"postgres://a:b@c/d"}',
  "host='db",
  'host=db nonsense=1',
  'a=b;c=d',
  'pgsql:nonsense=1',
  'mysql:host',
  `postgresql://db/${'a'.repeat(8192)}`,
];

t.test('reads a connection string of any form', async (t) => {
  for (const [text, system, parts] of READ) {
    const connection = readConnection(text);
    t.equal(connection?.system, system, text);
    t.equal(print(connection), parts, text);
  }
});

t.test('each part has its position in the text', async (t) => {
  const text = 'postgresql://u%20r:p%40w@db:5432/app?x=1';
  const { user, password, host, port, database, params } = readConnection(text) ?? {};
  const written = [user, password, host, port, database, params?.get('x')].map((part) =>
    text.slice(part?.start, part?.end),
  );
  t.same(written, ['u%20r', 'p%40w', 'db', '5432', 'app', '1']);
});

t.test('an empty password with a position is a part', async (t) => {
  const password = readConnection('postgresql://app:@db/app')?.password;
  t.match(password, { value: '', start: 17, end: 17, portable: true });
});

t.test('reads no connection string from other texts', async (t) => {
  for (const text of UNREAD) t.equal(readConnection(text), undefined, JSON.stringify(text.slice(0, 60)));
});

t.test('reads names of the JavaScript prototype as ordinary parameters', async (t) => {
  const params = readConnection('postgresql://db/app?__proto__=1&constructor=2&toString=3')?.params;
  t.same(
    [...(params ?? [])].map(([name, { value }]) => [name, value]),
    [
      ['__proto__', '1'],
      ['constructor', '2'],
      ['toString', '3'],
    ],
  );
});

t.test('uses a hint only if it is the password', async (t) => {
  const read = (text: string, password: string) => print(readConnection(text, { password }));
  t.equal(read('postgresql://app:p@ss/w@db/app', 'p@ss/w'), 'app p@ss/w! db - app');
  t.equal(read('postgresql://app:p%2541@db/app', 'p%41'), 'app p%41 db - app', 'encoded');
  t.equal(read('postgresql://app:p%41@db/app', 'p%41'), 'app p%41! db - app', 'raw');
  t.equal(
    read('postgresql://app:p@ss@db/app', 'p'),
    'app p@ss! db - app',
    'a stale password that begins with it',
  );
  t.equal(
    read('postgresql://db/app?user=app&password=a&b=c&x=1', 'a&b=c'),
    'app a&b=c! db - app',
    'in the query',
  );
  t.equal(read('Host=db;Username=app;Password=a;b', 'a;b'), 'app a;b! db - -', 'in an ADO string');
  t.equal(read('host=db user=app password=a b', 'a b'), 'app a b! db - -', 'in a keyword string');
  t.equal(
    read('postgresql://app:a\nb@db/app', 'a\nb'),
    'app a\nb! db - app',
    'a control character inside of it',
  );
  t.equal(
    readConnection('postgresql://app:a@db/\n', { password: 'a' }),
    undefined,
    'a control character outside of it',
  );
});

t.test('libpq reads every portable PostgreSQL string alike', async (t) => {
  let compared = 0;
  for (const [text, system, parts] of READ) {
    if (system !== 'postgres' || parts.includes('!') || !/^(?:postgres(?:ql)?:|host=)/.test(text)) continue;
    const options = libpqParse(text);
    const sharedPort = options.get('port') === '5432,5432' ? '5432' : options.get('port');
    const names = ['user', 'password', 'host', 'port', 'dbname'];
    t.equal(
      names.map((name) => (name === 'port' ? sharedPort : options.get(name)) ?? '-').join(' '),
      parts,
      text,
    );
    compared += 1;
  }
  t.ok(compared > 15);
});

const WITH_PASSWORD: readonly (readonly [text: string, password: string])[] = [
  ['postgresql://app:s3cret@db/app', 's3cret'],
  ['https://me:s3%20cret@example.com/', 's3 cret'],
  ['redis://:s3cret@cache:6379/0', 's3cret'],
  ['unknown+scheme://me:s3cret@host', 's3cret'],
  ['jdbc:postgresql://db/app?user=app&password=s3cret', 's3cret'],
  ['Server=db;User Id=app;Password=s3cret;', 's3cret'],
  ['Server=db;UID=app;PWD=s3cret', 's3cret'],
  ["host=db password = 's3 cret'", 's3 cret'],
  ['postgresql://app:${DB_PASSWORD}@db/app', '${DB_PASSWORD}'],
];

const WITHOUT_PASSWORD = [
  '',
  's3cret',
  'postgresql://app@db/app',
  'postgresql://app:@db/app',
  'postgresql://app:s3cret@db/app\n',
  'https://app.example.com/{tenant}/callback?state={state}',
  'https://example.com/@user:name',
  'https://example.com/a?next=https://u:p@h/',
  's3://bucket/a:b@c',
  'The URL is postgres://u:p@h/d',
  'Hello {{name}}, your password = {{password}}',
  'password = hunter2',
  '-----BEGIN PRIVATE KEY-----\nMIIEvg==\n-----END PRIVATE KEY-----\n',
  '{"password": "x", "url": "https://u:p@h"}',
  'user:\n  password= x',
  '$(openssl rand -base64 32)',
  'sqlite:///app.db',
];

t.test('finds the password in any connection string or URL', async (t) => {
  for (const [text, password] of WITH_PASSWORD) t.equal(urlPassword(text)?.value, password, text);
});

t.test('finds no password in other texts', async (t) => {
  for (const text of WITHOUT_PASSWORD) t.equal(urlPassword(text), undefined, JSON.stringify(text));
});

function print(connection: ReturnType<typeof readConnection>): string {
  const { user, password, host, port, database } = connection ?? {};
  return [user, password, host, port, database]
    .map((part) => (part === undefined ? '-' : `${part.value}${part.portable ? '' : '!'}`))
    .join(' ');
}
