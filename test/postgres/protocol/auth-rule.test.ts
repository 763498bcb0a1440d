import type { Socket } from 'node:net';
import t, { type Test } from 'tap';
import { administratorTarget, authRule } from '../../../src/engine/login/server/accepted-auth.ts';
import type { AuthMethod, ServerTarget } from '../../../src/engine/login/server/target.ts';
import { logIn } from '../../helpers/login/login.ts';
import { aFakeServer, backendMessage, type FakeServer } from '../../helpers/postgres/fake-server.ts';

/** The first request of a server. */
const ASKS = {
  password: backendMessage('R', 3),
  md5: backendMessage('R', 5, 'salt'),
  'scram-sha-256': backendMessage('R', 10, 'SCRAM-SHA-256\0\0'),
};

/** Asks for a password, and accepts any answer. For SCRAM, `i=` sets the number of rounds. */
const asking =
  (first: Buffer, rounds = 4096) =>
  (socket: Socket): void => {
    socket.once('data', () => {
      socket.write(first);
      socket.on('data', (chunk: Buffer) => {
        const [, nonce] = /r=([^,]+)$/.exec(chunk.toString('latin1')) ?? [];
        if (nonce !== undefined && !chunk.includes(',p='))
          socket.write(backendMessage('R', 11, `r=${nonce}x,s=c2FsdA==,i=${rounds}`));
        else socket.end();
      });
    });
  };

/** The bodies of the messages `p`. Each one answers a request for the password. */
function answersTo({ received: heard }: FakeServer): readonly string[] {
  const bytes = heard();
  const answers: string[] = [];
  for (let at = bytes.readUInt32BE(0); at + 5 <= bytes.length; at += 1 + bytes.readUInt32BE(at + 1))
    if (bytes[at] === 0x70)
      answers.push(bytes.toString('latin1', at + 5, at + 1 + bytes.readUInt32BE(at + 1)));
  return answers;
}

const target = (auth: ServerTarget['auth']): ServerTarget => ({
  host: 'db',
  port: 5432,
  database: 'shop',
  tls: { mode: 'disable' },
  auth,
});
const ruleOf = (auth: ServerTarget['auth']) => administratorTarget(target(auth)).auth;
const SAID = (...accepts: readonly AuthMethod[]) => authRule(accepts, undefined);
const SEEN = authRule(undefined, { auth: 'scram-sha-256' });

const login = async (t: Test, asks: keyof typeof ASKS, auth: ServerTarget['auth']) => {
  const server = await aFakeServer(t, asking(ASKS[asks]));
  const verdict = await logIn(server, { ...(auth && { auth }) });
  return { verdict, answers: answersTo(server) };
};

for (const [what, asks, rule, because] of [
  ['an administrator answers no MD5', 'md5', ruleOf(undefined), 'administrator'],
  ['an administrator sends nothing in clear', 'password', ruleOf(undefined), 'administrator'],
  ['not even where that is allowed', 'password', ruleOf(SAID('password', 'md5')), 'administrator'],
  ['a login that went by SCRAM answers no MD5', 'md5', SEEN, 'remembered'],
  ['a login that went by SCRAM sends nothing in clear', 'password', SEEN, 'remembered'],
  ['nor does an administrator then', 'md5', ruleOf(SEEN), 'administrator'],
  ['spec.server.auth leaves MD5 out', 'md5', SAID('scram-sha-256'), 'said'],
  ['spec.server.auth leaves SCRAM out', 'scram-sha-256', SAID('md5'), 'said'],
] as const) {
  t.test(`${what}: sends no answer to the server`, async (t) => {
    const { verdict, answers } = await login(t, asks, rule);
    t.same(verdict, { kind: 'weak-method', weak: { asked: asks, because } });
    t.same(answers, []);
  });
}

t.test('answers a permitted method', async (t) => {
  for (const rule of [undefined, SAID('md5'), ruleOf(SAID('md5', 'scram-sha-256'))]) {
    const { answers } = await login(t, 'md5', rule);
    t.match(answers, [/^md5[0-9a-f]{32}\0$/]);
  }
});

t.test('sends no password in clear over an unverified connection, whatever is permitted', async (t) => {
  for (const rule of [undefined, SAID('password')]) {
    const { verdict, answers } = await login(t, 'password', rule);
    t.same(verdict, { kind: 'other-method' });
    t.same(answers, []);
  }
});

t.test('refuses fewer than 4096 SCRAM rounds, and more than a million', async (t) => {
  for (const [rounds, asked] of [
    [1, 'few-rounds'],
    [4095, 'few-rounds'],
    [1_000_001, 'many-rounds'],
  ] as const) {
    const server = await aFakeServer(t, asking(ASKS['scram-sha-256'], rounds));
    t.match(await logIn(server), { kind: 'weak-method', weak: { asked } });
    const [first, ...proofs] = answersTo(server);
    t.match(first, /^SCRAM-SHA-256\0/);
    t.same(proofs, [], `${rounds}: no proof is sent, by which a password could be guessed`);
  }
  const server = await aFakeServer(t, asking(ASKS['scram-sha-256'], 4096));
  await logIn(server);
  t.match(answersTo(server)[1], /,p=/);
});
