import t from 'tap';
import { urlPassword } from '../../../src/engine/uri/password.ts';

const WITH: readonly (readonly [text: string, password: string])[] = [
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

const WITHOUT = [
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
  for (const [text, password] of WITH) t.equal(urlPassword(text)?.value, password, text);
});

t.test('finds no password in other texts', async (t) => {
  for (const text of WITHOUT) t.equal(urlPassword(text), undefined, JSON.stringify(text));
});
