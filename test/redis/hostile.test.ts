import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import t from 'tap';
import type { LoginFault } from '../../src/engine/login/result/login-result.ts';
import type { Tls } from '../../src/engine/login/server/target.ts';
import { THE_PASSWORD } from '../helpers/login/login.ts';
import { aFakeServer } from '../helpers/postgres/fake-server.ts';
import { fc } from '../helpers/property.ts';
import { logInRedis } from '../helpers/redis/login.ts';
import { until } from '../testbed/process/until.ts';

const CLEAR: Tls = { mode: 'disable' };
const ENCRYPTED: Tls = { mode: 'require' };

const HELLO =
  '*6\r\n$6\r\nserver\r\n$5\r\nredis\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n';
const SENTINEL = HELLO.replace('$10\r\nstandalone', '$8\r\nsentinel');
const NOAUTH = '-NOAUTH HELLO must be called with the client already authenticated\r\n';

/** Answers each command with the next of these. It says nothing after the last one. */
const says =
  (...answers: readonly (Buffer | string)[]) =>
  (socket: Socket) => {
    let next = 0;
    socket.on('data', () => {
      const answer = answers[next];
      next += 1;
      if (answer !== undefined) socket.write(answer);
    });
  };

const closes = (socket: Socket) => socket.end();

/** Each with the fault, and whether the server hears the password. */
const CASES: readonly (readonly [string, (socket: Socket) => void, Tls, LoginFault])[] = [
  ['closes at once', closes, CLEAR, 'cut'],
  ['closes at once, asked for TLS', closes, ENCRYPTED, 'cut'],
  ['resets the connection', (socket) => socket.resetAndDestroy(), CLEAR, 'cut'],
  ['speaks SSH', (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'), CLEAR, 'not-redis'],
  ['speaks SSH, asked for TLS', (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'), ENCRYPTED, 'tls'],
  ['speaks HTTP', says('HTTP/1.1 400 Bad Request\r\n\r\n'), CLEAR, 'not-redis'],
  ['speaks PostgreSQL', says(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0])), CLEAR, 'not-redis'],
  ['sends noise', says(Buffer.alloc(4096, 0xff)), CLEAR, 'not-redis'],
  ['sends noise, asked for TLS', says(randomBytes(64)), ENCRYPTED, 'tls'],
  ['announces a string of 1 GB', says('$1000000000\r\n'), CLEAR, 'not-redis'],
  ['announces a string of no length', says('$\r\n'), CLEAR, 'not-redis'],
  ['announces a string of a negative length', says('$-2\r\n'), CLEAR, 'not-redis'],
  ['announces an array of a thousand million', says('*1000000000\r\n'), CLEAR, 'not-redis'],
  ['announces an array of no length', says('*x\r\n'), CLEAR, 'not-redis'],
  ['announces arrays in arrays', says('*1\r\n'.repeat(10_000)), CLEAR, 'not-redis'],
  ['sends a line of 1 MB', says(`+${'x'.repeat(1024 * 1024)}`), CLEAR, 'not-redis'],
  ['sends a string of 1 MB', says(`$99999\r\n${'x'.repeat(1024 * 1024)}`), CLEAR, 'not-redis'],
  ['sends a line without its CR', says('+OK\n'), CLEAR, 'not-redis'],
  ['sends a CR in the middle of a line', says('+O\rK\r\n'), CLEAR, 'not-redis'],
  ['speaks RESP 3', says('%1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n'), CLEAR, 'not-redis'],
  ['sends a push', says('>2\r\n+message\r\n+x\r\n'), CLEAR, 'not-redis'],
  ['answers with a number', says(':1\r\n'), CLEAR, 'not-redis'],
  ['answers with nothing', says('$-1\r\n'), CLEAR, 'not-redis'],
  ['answers with an empty array', says('*0\r\n'), CLEAR, 'not-redis'],
  ['answers with arrays', says('*2\r\n*1\r\n+mode\r\n*1\r\n+standalone\r\n'), CLEAR, 'not-redis'],
  ['answers twice', says(`${NOAUTH}+OK\r\n`), CLEAR, 'not-redis'],
  ['answers before the question', (socket) => socket.write('+OK\r\n+OK\r\n'), CLEAR, 'not-redis'],
  ['is older than HELLO', says('-ERR unknown command `HELLO`\r\n'), CLEAR, 'not-redis'],
  ['is a Sentinel', says(SENTINEL), CLEAR, 'sentinel'],
  ['has no connection left', says('-ERR max number of clients reached\r\n'), CLEAR, 'too-many-connections'],
  ['is in protected mode', says('-DENIED Redis is running in protected mode\r\n'), CLEAR, 'other'],
  ['sends an error without a text', says('-\r\n'), CLEAR, 'not-redis'],
];

for (const [what, meet, tls, fault] of CASES) {
  t.test(`survives a server that ${what}`, async (t) => {
    const stranger = await aFakeServer(t, meet);
    t.equal((await logInRedis(stranger, { tls })).kind, fault);
    await goneFrom(stranger.sockets);
    t.notOk(stranger.received().includes(THE_PASSWORD), 'and does not hear the password');
  });
}

const AFTER_PASSWORD: readonly (readonly [string, (socket: Socket) => void, LoginFault | 'ok'])[] = [
  ['refuses the password', says(NOAUTH, '-WRONGPASS no\r\n'), 'password-refused'],
  ['quotes the password in an error', says(NOAUTH, `-${THE_PASSWORD} of the app\r\n`), 'other'],
  ['is a Sentinel with a password', says(NOAUTH, '+OK\r\n', SENTINEL), 'sentinel'],
  ['says no more who it is', says(NOAUTH, '+OK\r\n', '+OK\r\n'), 'not-redis'],
  [
    'closes after the password',
    (socket) => says(NOAUTH)(socket.once('data', () => socket.once('data', closes.bind(null, socket)))),
    'cut',
  ],
  ['is loading', says(NOAUTH, '+OK\r\n', HELLO, '-LOADING Redis is loading\r\n'), 'starting-up'],
  [
    'has lost its master',
    says(NOAUTH, '+OK\r\n', HELLO, '-MASTERDOWN Link with MASTER is down\r\n'),
    'starting-up',
  ],
  ['permits no PING', says(NOAUTH, '+OK\r\n', HELLO, '-NOPERM no\r\n'), 'ok'],
  [
    'is endless after the login',
    says(NOAUTH, '+OK\r\n', HELLO, `$99999\r\n${'x'.repeat(200_000)}`),
    'not-redis',
  ],
];

for (const [what, meet, result] of AFTER_PASSWORD) {
  t.test(`reaches a result on a server that ${what}`, async (t) => {
    const stranger = await aFakeServer(t, meet);
    t.equal((await logInRedis(stranger)).kind, result);
    await goneFrom(stranger.sockets);
  });
}

/** Each login times out after a tenth of a second. */
const SILENT: readonly (readonly [string, (socket: Socket) => void, Tls])[] = [
  ['accepts and says nothing', () => {}, CLEAR],
  ['accepts and says nothing, asked for TLS', () => {}, ENCRYPTED],
  ['says half a line', says('-NOAU'), CLEAR],
  ['says half an array', says(HELLO.slice(0, 30)), CLEAR],
  ['says half a string', says('$10\r\nabc'), CLEAR],
  ['does not answer AUTH', says(NOAUTH), CLEAR],
  ['does not answer PING', says(NOAUTH, '+OK\r\n', HELLO), CLEAR],
  ['sends a byte at a time', (socket) => drip(socket), CLEAR],
];

for (const [what, meet, tls] of SILENT) {
  t.test(`survives a server that ${what}`, async (t) => {
    const stranger = await aFakeServer(t, meet);
    t.equal((await logInRedis(stranger, { tls, timeout: 100 })).kind, 'timeout');
    await goneFrom(stranger.sockets);
  });
}

t.test('stops reading an endless reply', async (t) => {
  const stranger = await aFakeServer(t, (socket) => flood(socket, '+'));
  t.same(await logInRedis(stranger), { kind: 'not-redis' });
  const arrays = await aFakeServer(t, (socket) => flood(socket, '*1\r\n+x\r\n'));
  t.same(await logInRedis(arrays), { kind: 'not-redis' });
});

t.test('stops on its signal, with its reason', async (t) => {
  const stranger = await aFakeServer(t, () => {});
  const stopping = new AbortController();
  const login = logInRedis(stranger, { signal: stopping.signal });
  await until('somebody to come', [], () => stranger.sockets.length > 0);
  stopping.abort(new Error('the term is over'));
  await t.rejects(login, { message: 'the term is over' });
  await goneFrom(stranger.sockets);
  await t.rejects(logInRedis(stranger, { signal: stopping.signal }), { message: 'the term is over' });
});

t.test('reads the answers of a server, however the network cuts them', async (t) => {
  for (const size of [1, 2, 3, 7]) {
    const answers = [NOAUTH, '+OK\r\n', HELLO, '+PONG\r\n'];
    const server = await aFakeServer(t, (socket) => {
      const queue = [...answers];
      socket.setNoDelay(true);
      socket.on('data', () => void inPieces(socket, Buffer.from(queue.shift() ?? ''), size));
    });
    t.same(await logInRedis(server), { kind: 'ok', standby: false, by: 'password' }, `${size} bytes`);
  }
});

/** Pieces of a server's answers, noise, and both with one change. */
const PIECES = [
  HELLO,
  NOAUTH,
  '+OK\r\n',
  '+PONG\r\n',
  '-ERR no\r\n',
  '*-1\r\n',
  '$-1\r\n',
  ':1\r\n',
  '*2\r\n',
  '$3\r\nabc\r\n',
];
const said = fc.array(
  fc.oneof(
    fc.constantFrom(...PIECES).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.constantFrom(...PIECES), fc.nat(60), fc.nat(255))
      .map(([text, at, byte]) => Buffer.concat([Buffer.from(text).subarray(0, at), Buffer.from([byte])])),
  ),
  { maxLength: 6 },
);

t.test('reaches a result for any answers of an unknown server', async (t) => {
  let next: readonly Buffer[] = [];
  const stranger = await aFakeServer(t, (socket) => {
    const queue = [...next];
    socket.on('data', () => {
      socket.write(queue.shift() ?? '');
    });
    // Half an answer would be waited for.
    socket.setTimeout(5, () => socket.end());
  });
  await fc.assert(
    fc.asyncProperty(said, async (words) => {
      next = words;
      return (await logInRedis(stranger)).kind.length > 0;
    }),
    { numRuns: 500 },
  );
});

function flood(socket: Socket, text: string): void {
  const bytes = Buffer.from(text.repeat(1000));
  const pour = () => {
    while (!socket.destroyed && socket.write(bytes));
    if (!socket.destroyed) socket.once('drain', pour);
  };
  socket.once('data', pour);
}

function drip(socket: Socket): void {
  socket.once('data', () => {
    socket.write('+');
    const timer = setInterval(() => socket.write('x'), 10);
    socket.on('close', () => clearInterval(timer));
  });
}

async function inPieces(socket: Socket, bytes: Buffer, size: number): Promise<void> {
  for (let at = 0; at < bytes.length && !socket.destroyed; at += size) {
    socket.write(bytes.subarray(at, at + size));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** lockstep has closed its ends, so the server sees its own close. */
async function goneFrom(sockets: readonly Socket[]): Promise<void> {
  for (const socket of sockets) socket.resume();
  await until('every socket to be closed', [], () =>
    sockets.every((socket) => socket.destroyed || socket.readableEnded || socket.errored !== null),
  );
}
