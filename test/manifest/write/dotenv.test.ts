import { execFileSync } from 'node:child_process';
import { parseEnv } from 'node:util';
import { assert, property, string } from 'fast-check';
import t from 'tap';

import { dotenvLine } from '../../../src/manifest/write/dotenv.ts';

const VALUES = [
  '',
  'Vq7mT2xLr9KcW4nB8sZd',
  'postgresql://a:b%2Fc@db:5432/shop?sslmode=disable&connection_limit=5',
  'with blanks # and a hash',
  '$HOME `id` $(id) \\n',
  '"quoted"',
  "it's",
  '-----BEGIN KEY-----\nMIIB\n-----END KEY-----\n',
  'ünïcode 🔑',
  '~/x',
];

t.test('leaves harmless values unquoted, because docker run --env-file keeps quotes', async (t) => {
  t.equal(dotenvLine('KEY', 'a_b-c/d:e@f.g,h+i%2F?j=k'), 'KEY=a_b-c/d:e@f.g,h+i%2F?j=k\n');
});

t.test('Node and a shell read the value that was written', async (t) => {
  for (const value of VALUES) {
    const line = dotenvLine('KEY', value) ?? t.fail(value);
    t.equal(parseEnv(String(line)).KEY, value);
    t.equal(execFileSync('sh', ['-c', `${line}printf %s "$KEY"`], { encoding: 'utf8' }), value);
  }
});

t.test('any text is written so that Node reads it back, or not at all', async (t) => {
  await assert(
    property(string({ unit: 'binary', maxLength: 30 }), (value) => {
      const line = dotenvLine('KEY', value);
      return line === undefined || parseEnv(line).KEY === value;
    }),
  );
  t.pass();
});

t.test('refuses values that readers would read differently', async (t) => {
  for (const value of ['both \' and "', "' and $HOME", "' and \\", 'a\rb', 'a\0b'])
    t.equal(dotenvLine('KEY', value), undefined, JSON.stringify(value));
  for (const key of ['database-url', 'tls.crt', '1ST', '']) t.equal(dotenvLine(key, 'x'), undefined, key);
});
