import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import t from 'tap';
import type { LoginFault } from '../../../src/engine/login/result/login-result.ts';
import type { Tls } from '../../../src/engine/login/server/target.ts';
import { logIn, THE_PASSWORD } from '../../helpers/login/login.ts';
import { aFakeServer, backendMessage, errorResponse } from '../../helpers/postgres/fake-server.ts';
import { dataRow, rowDescription } from '../../helpers/postgres/malformed.ts';
import { until } from '../../testbed/process/until.ts';

/** AuthenticationRequests: OK, in clear, SCRAM, its first and its final answer. */
const LET_IN = backendMessage('R', 0);
const IN_CLEAR = backendMessage('R', 3);
const SASL = backendMessage('R', 10, 'SCRAM-SHA-256\0\0');
const READY = backendMessage('Z', 'I');

const CLEAR: Tls = { mode: 'disable' };
const ENCRYPTED: Tls = { mode: 'require' };

/** Called on the first bytes. The handler decides about later bytes. */
const says =
  (...parts: readonly (Buffer | string)[]) =>
  (socket: Socket) =>
    socket.once('data', () => {
      for (const part of parts) socket.write(part);
    });

const CASES: readonly (readonly [string, (socket: Socket) => void, Tls, LoginFault])[] = [
  ['closes at once', (socket) => socket.end(), CLEAR, 'cut'],
  ['closes at once, asked for TLS', (socket) => socket.end(), ENCRYPTED, 'cut'],
  ['resets the connection', (socket) => socket.resetAndDestroy(), CLEAR, 'cut'],
  ['sends a message of 1 GB', says(Buffer.from([0x52, 0x40, 0, 0, 0])), CLEAR, 'not-postgres'],
  ['sends a message of no length', says(Buffer.from([0x52, 0, 0, 0, 0])), CLEAR, 'not-postgres'],
  ['sends noise', says(Buffer.alloc(4096, 0xff)), CLEAR, 'not-postgres'],
  ['sends noise, asked for TLS', says(Buffer.alloc(4096, 0xff)), ENCRYPTED, 'not-postgres'],
  ['speaks SSH', (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'), ENCRYPTED, 'not-postgres'],
  [
    'speaks SSH to who asks for nothing',
    (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
    CLEAR,
    'not-postgres',
  ],
  [
    'agrees to TLS and closes',
    (socket) => says('S')(socket).once('data', () => socket.end()),
    ENCRYPTED,
    'cut',
  ],
  [
    'agrees to TLS and sends noise',
    (socket) =>
      says('S')(socket).once('data', () => socket.once('data', () => socket.write(randomBytes(64)))),
    ENCRYPTED,
    'tls',
  ],
  [
    'slips bytes behind its yes to TLS',
    says(Buffer.concat([Buffer.from('S'), LET_IN, READY])),
    ENCRYPTED,
    'not-postgres',
  ],
  [
    'can not start a process',
    says('Ecould not fork new process for connection\n\0'),
    ENCRYPTED,
    'too-many-connections',
  ],
  ['asks for the password in clear', says(IN_CLEAR), CLEAR, 'other-method'],
  ['asks for GSSAPI', says(backendMessage('R', 7)), CLEAR, 'other-method'],
  ['knows another mechanism', says(backendMessage('R', 10, 'OAUTHBEARER\0\0')), CLEAR, 'other-method'],
  ['asks for the second half first', says(backendMessage('R', 11, 'r=x')), CLEAR, 'other-method'],
  ['says an error without a code', says(backendMessage('E', 'Mno\0\0')), CLEAR, 'not-postgres'],
  ['wants more than the password', says(SASL, backendMessage('R', 3)), CLEAR, 'not-postgres'],
  ['lets in in the middle of SCRAM', says(SASL, LET_IN, READY), CLEAR, 'not-postgres'],
  [
    'answers SCRAM with a nonce of its own',
    says(SASL, backendMessage('R', 11, 'r=x,s=c2FsdA==,i=4096')),
    CLEAR,
    'not-postgres',
  ],
  ['sends rows before it lets anybody in', says(backendMessage('D', 0)), CLEAR, 'not-postgres'],
  ['says nothing it should say after that', says(LET_IN, backendMessage('D', 0)), CLEAR, 'not-postgres'],
  [
    'sends a message of 1 GB once it has let in',
    says(LET_IN, READY, Buffer.from([0x44, 0x40, 0, 0, 0])),
    CLEAR,
    'not-postgres',
  ],
  [
    'ends once it has let in',
    (socket) => says(LET_IN, READY)(socket).once('data', () => socket.end()),
    CLEAR,
    'cut',
  ],
  ['speaks of a wrong password, and goes', says(errorResponse('28P01', 'no')), CLEAR, 'password-refused'],
];

for (const [what, meet, tls, fault] of CASES) {
  t.test(`survives a server that ${what}`, async (t) => {
    const stranger = await aFakeServer(t, meet);
    t.equal((await logIn(stranger, { tls })).kind, fault);
    await goneFrom(stranger.sockets);
    t.notOk(stranger.received().includes(THE_PASSWORD), 'and does not hear the password');
  });
}

/** Each login times out after a tenth of a second. */
const SILENT: readonly (readonly [string, (socket: Socket) => void, Tls])[] = [
  ['accepts and says nothing', () => {}, CLEAR],
  ['accepts and says nothing, asked for TLS', () => {}, ENCRYPTED],
  ['agrees to TLS and says no more', says('S'), ENCRYPTED],
  ['says half a message', says(LET_IN.subarray(0, 3)), CLEAR],
  ['says half of the greeting', says(LET_IN), CLEAR],
  ['lets in and does not answer', says(LET_IN, READY), CLEAR],
];

for (const [what, meet, tls] of SILENT) {
  t.test(`survives a server that ${what}`, async (t) => {
    const stranger = await aFakeServer(t, meet);
    const { kind } = await logIn(stranger, { tls, timeout: 100 });
    t.ok(kind === 'timeout', kind);
    await goneFrom(stranger.sockets);
  });
}

t.test('times out on an endless greeting', async (t) => {
  const stranger = await aFakeServer(t, (socket) => {
    socket.once('data', () => socket.write(LET_IN));
    flood(socket, backendMessage('S', 'a\0b\0'));
  });
  t.same(await logIn(stranger), { kind: 'not-postgres' });
});

t.test('stops reading above the limit before the login', async (t) => {
  for (const [head, long] of [
    ['', backendMessage('N', `SNOTICE\0C00000\0M${'x'.repeat(60_000)}\0\0`)],
    [LET_IN, backendMessage('S', `a\0${'x'.repeat(60_000)}\0`)],
  ] as const) {
    const stranger = await aFakeServer(t, (socket) => {
      socket.once('data', () => {
        socket.write(head);
        // Four of them are read.
        for (let sent = 0; sent < 5; sent += 1) socket.write(long);
      });
    });
    t.same(await logIn(stranger, { timeout: 60_000 }), { kind: 'not-postgres' });
  }
});

t.test('stops reading endless notices after the login', async (t) => {
  const stranger = await aFakeServer(t, (socket) => {
    socket.once('data', () => {
      socket.write(Buffer.concat([LET_IN, READY]));
      flood(socket, backendMessage('N', `SNOTICE\0C00000\0M${'x'.repeat(10_000)}\0\0`));
    });
  });
  t.same(await logIn(stranger), { kind: 'not-postgres' });
});

t.test('reads no more rows than it asked for', async (t) => {
  const answer = [rowDescription('standby'), dataRow('f'), dataRow('f')];
  const stranger = await aFakeServer(t, (socket) => {
    socket.once('data', () => says(...answer, backendMessage('C', 'SELECT 2\0'), READY)(socket));
    socket.once('data', () => socket.write(Buffer.concat([LET_IN, READY])));
  });
  t.same(await logIn(stranger), { kind: 'not-postgres' });
});

t.test('stops on its signal, with its reason', async (t) => {
  const stranger = await aFakeServer(t, () => {});
  const stopping = new AbortController();
  const login = logIn(stranger, { signal: stopping.signal });
  await until('somebody to come', [], () => stranger.sockets.length > 0);
  stopping.abort(new Error('the term is over'));
  await t.rejects(login, { message: 'the term is over' });
  await goneFrom(stranger.sockets);
  await t.rejects(logIn(stranger, { signal: stopping.signal }), { message: 'the term is over' });
});

t.test('times out on an unreachable server', async (t) => {
  // TEST-NET-1 of RFC 5737. A machine without a route reports that at once.
  const { kind } = await logIn({ host: '192.0.2.1', port: 5432 }, { timeout: 300 });
  t.ok(kind === 'timeout' || kind === 'refused', kind);
});

t.test('refuses a million SCRAM rounds and more', async (t) => {
  const stranger = await aFakeServer(t, (socket) => {
    socket.once('data', () => socket.write(SASL));
    socket.on('data', (chunk) => {
      const [, nonce] = /r=(.*)$/.exec(chunk.toString('latin1')) ?? [];
      if (nonce !== undefined) socket.write(backendMessage('R', 11, `r=${nonce}x,s=c2FsdA==,i=2147483647`));
    });
  });
  t.match(await logIn(stranger), { kind: 'weak-method', weak: { asked: 'many-rounds' } });
});

t.test('sends no proof after the end of its time, however many rounds a server asks for', async (t) => {
  const stranger = await aFakeServer(t, (socket) => {
    socket.once('data', () => socket.write(SASL));
    socket.on('data', (chunk) => {
      const [, nonce] = /r=(.*)$/.exec(chunk.toString('latin1')) ?? [];
      if (nonce !== undefined) socket.write(backendMessage('R', 11, `r=${nonce}x,s=c2FsdA==,i=1000000`));
    });
  });
  const { kind } = await logIn(stranger, { timeout: 50 });
  t.equal(kind, 'timeout');
  await goneFrom(stranger.sockets);
  t.notMatch(stranger.received().toString('latin1'), /,p=/);
});

function flood(socket: Socket, bytes: Buffer): void {
  const pour = () => {
    while (!socket.destroyed && socket.write(bytes));
    if (!socket.destroyed) socket.once('drain', pour);
  };
  socket.once('data', pour);
}

/** lockstep has closed its ends, so the server sees its own close. */
async function goneFrom(sockets: readonly Socket[]): Promise<void> {
  for (const socket of sockets) socket.resume();
  await until('every socket to be closed', [], () =>
    sockets.every((socket) => socket.destroyed || socket.readableEnded || socket.errored !== null),
  );
}
