import t from 'tap';
import { loginMessage, loginSentence } from '../../../../src/engine/login/result/login-messages.ts';
import type {
  LoginFault,
  LoginResult,
  RedisFault,
  TlsFault,
  WeakMethod,
} from '../../../../src/engine/login/result/login-result.ts';

const NAMES = { host: 'postgres-service', port: 5433, database: 'shop', role: 'app' };

const FAULTS = {
  'password-refused': true,
  'wrong-password': true,
  'unknown-role': true,
  expired: true,
  'no-password': true,
  'no-login': true,
  'no-database': true,
  'no-connect-right': true,
  'pg-hba': true,
  tls: true,
  network: true,
  dns: true,
  refused: true,
  timeout: true,
  cut: true,
  'too-many-connections': true,
  'starting-up': true,
  'not-postgres': true,
  'weak-method': true,
  'other-method': true,
  other: true,
} satisfies Record<Exclude<LoginFault, RedisFault>, true>;

t.test('each result has its own sentence with the server', async (t) => {
  const sentences = Object.keys(FAULTS).map((kind) => loginSentence({ kind } as LoginResult, NAMES));
  t.equal(new Set(sentences).size, sentences.length);
  for (const sentence of sentences) {
    t.match(sentence, 'postgres-service');
    t.notMatch(sentence, /undefined|[.]$/);
  }
});

t.test('each TLS fault has its own sentence', async (t) => {
  const reasons = {
    absent: true,
    wanted: true,
    unwanted: true,
    untrusted: true,
    'other-name': true,
    expired: true,
    'no-authority': true,
    handshake: true,
    intercepted: true,
  } satisfies Record<TlsFault, true>;
  const sentences = Object.keys(reasons).map((why) =>
    loginSentence({ kind: 'tls', why: why as TlsFault }, NAMES),
  );
  t.equal(new Set(sentences).size, sentences.length);
  for (const sentence of sentences) t.match(sentence, 'postgres-service:5433');
});

t.test('explains a refused authentication method in a sentence', async (t) => {
  const say = (asked: WeakMethod['asked'], because: WeakMethod['because']) =>
    loginSentence({ kind: 'weak-method', weak: { asked, because } }, NAMES);
  t.match(
    say('md5', 'remembered'),
    /asks role app for an MD5 answer, and this login went by SCRAM-SHA-256 before/,
  );
  t.match(
    say('password', 'administrator'),
    /the password in clear, and the login of an administrator does not/,
  );
  t.match(say('scram-sha-256', 'said'), /for SCRAM-SHA-256, and spec\.server\.auth does not allow that/);
  t.match(say('unbound', 'said'), /not bound to its certificate, and spec\.server\.auth/);
  t.match(say('few-rounds', undefined), /fewer than 4096 iterations.*scram_iterations/);
  t.match(say('many-rounds', 'said'), /more than 1,000,000 iterations.*scram_iterations/);
});

t.test('a successful login names what is left to do', async (t) => {
  const say = (verdict: LoginResult) => loginSentence(verdict, NAMES);
  t.equal(say({ kind: 'ok', standby: false }), 'PostgreSQL at postgres-service:5433 lets role app in');
  t.match(say({ kind: 'ok', standby: true }), 'standby');
  t.match(say({ kind: 'ok', standby: false, unproven: true }), 'without asking for a password');
});

t.test('separates an IPv6 address from its port', async (t) => {
  t.match(loginSentence({ kind: 'refused' }, { ...NAMES, host: '::1' }), '[::1]:5433');
});

t.test('keeps a name with a semicolon in the problem', async (t) => {
  const names = { host: 'db', port: 5432, database: 'app', role: 'a; b' };
  const { problem, fix } = loginMessage({ kind: 'no-password' }, names);
  t.equal(problem, 'PostgreSQL at db:5432 has no password for role a; b');
  t.equal(fix, 'give it one');
});
