import t from 'tap';

import { KeyName, keyName, namePattern } from '../../../../src/engine/value/placeholder/key-name.ts';

t.test('a name of a key has its letters, its words, and the answers of patterns', async (t) => {
  const name = new KeyName('Client-Sécret_1');
  t.equal(name.letters, 'clientsecret1');
  t.same(new KeyName('awsAccessKeyId').words, ['aws', 'access', 'key', 'id']);
  t.same(new KeyName('billing-api').contextWords, ['billing', 'api']);
  const [client, secret] = [namePattern(/^client/i), namePattern(/^secret/i)];
  t.ok(name.matches(client));
  t.notOk(name.matches(secret));
  t.ok(name.matches(client));
  t.notOk(name.matches(secret));
});

t.test('names of keys are kept, within bounds', async (t) => {
  const first = keyName('JWT_SECRET');
  t.equal(keyName('JWT_SECRET'), first);
  t.not(keyName('A'.repeat(300)), keyName('A'.repeat(300)), 'no name over the limit of the API server');
  for (let at = 0; at < 5000; at++) keyName(`KEY_${at}`);
  const second = keyName('JWT_SECRET');
  t.not(second, first, 'the cache starts again when it has many names');
  for (let at = 0; at < 400; at++) keyName(`${'LONG_'.repeat(40)}${at}`);
  t.not(keyName('JWT_SECRET'), second, 'the cache starts again when it has many letters');
});
