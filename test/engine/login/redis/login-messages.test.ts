import t from 'tap';
import { redisLoginMessage } from '../../../../src/engine/login/redis/login-messages.ts';
import { messageSentence } from '../../../../src/engine/login/result/login-messages.ts';
import type { LoginResult, TlsFault } from '../../../../src/engine/login/result/login-result.ts';

const NAMES = { host: 'redis', port: 6380, database: '', role: 'app' };

t.test('each result has its own sentence with the server', async (t) => {
  const kinds = ['password-refused', 'network', 'dns', 'refused', 'timeout', 'cut', 'too-many-connections'];
  const later = ['starting-up', 'not-redis', 'sentinel', 'other'];
  const whys: readonly TlsFault[] = [
    'absent',
    'wanted',
    'untrusted',
    'other-name',
    'expired',
    'no-authority',
    'handshake',
  ];
  const results: readonly LoginResult[] = [
    ...[...kinds, ...later].map((kind) => ({ kind }) as LoginResult),
    ...whys.map((why) => ({ kind: 'tls', why }) as const),
    { kind: 'ok', standby: false },
    { kind: 'ok', standby: true },
    { kind: 'ok', standby: false, cluster: true },
    { kind: 'ok', standby: false, unproven: true },
  ];
  const sentences = results.map((result) => messageSentence(redisLoginMessage(result, NAMES)));
  t.equal(new Set(sentences).size, results.length);
  for (const sentence of sentences) t.match(sentence, /redis:6380/);
  for (const sentence of sentences) t.notMatch(sentence, /undefined|[.]$|PostgreSQL|\brole\b/);
});

t.test('names nothing that must not be shown', async (t) => {
  const names = { ...NAMES, instead: { server: 'the server in the Secret', role: 'the user in the Secret' } };
  const sentence = messageSentence(redisLoginMessage({ kind: 'password-refused' }, names));
  t.notMatch(sentence, /redis:6380|user app/);
  t.match(sentence, 'the user in the Secret');
});
