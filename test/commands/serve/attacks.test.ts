import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { MAX_BODY_BYTES } from '../../../src/admission/http/body.ts';
import { type AttackTarget, attackUntil, headOf } from '../../helpers/admission/attacker.ts';
import { keepCalling } from '../../helpers/admission/calling.ts';
import { aPolicyObject, aPolicyReview } from '../../helpers/admission/policy-review.ts';
import { residentMemory } from '../../helpers/admission/process-memory.ts';
import { aReview, aSecretObject, bytesOf } from '../../helpers/admission/review.ts';
import { aWebhookProcess, LIMIT_MIB } from '../../helpers/admission/webhook-process.ts';

const { to, pid, child } = await aWebhookProcess(t);
const ATTACK_MS = 4000;

/** Others' reviews are answered while so many sockets of one other address do the same again and again. */
async function attack(
  t: Test,
  sockets: number,
  send: (socket: Socket) => void,
  target: AttackTarget = to,
): Promise<void> {
  const calling = keepCalling(to);
  const end = performance.now() + ATTACK_MS;
  await attackUntil(() => performance.now() > end, sockets, target, send);
  await calling.stop(t);
  const { peak } = residentMemory(pid);
  t.ok(peak < LIMIT_MIB, `at most ${peak} MiB of ${LIMIT_MIB}`);
  t.equal(child.exitCode, null);
}

/** Sends some requests, and the next one after each answer. */
function repeatedly(nextRequest: () => Buffer, atOnce = 1): (socket: Socket) => void {
  return (socket) => {
    for (let count = 0; count < atOnce; count += 1) socket.write(nextRequest());
    socket.on('data', () => socket.write(nextRequest()));
  };
}

const request = (path: string, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(headOf(`${path}?timeout=10s`, body.length)), body]);

/** One of the costliest known inputs of its size: bench/worst-inputs. */
const COSTLY_DATA = Object.fromEntries(
  Array.from({ length: 320 }, (_, at) => [
    `db.password-${at}`,
    `'${'word\u0301A="},eyJ'.repeat(4)}-----END CERTIFICATE-----\n`,
  ]),
);

t.test('while 40 connections send costly reviews, each of another namespace', async (t) => {
  const costly = JSON.stringify(aReview({ namespace: 'forged', object: aSecretObject(COSTLY_DATA) }));
  let count = 0;
  const next = (): Buffer => {
    count += 1;
    const body = Buffer.from(costly.replace('forged', `forged-${count}`));
    return request(count % 2 === 0 ? '/mutate' : '/validate', body);
  };
  await attack(t, 40, repeatedly(next, 4));
});

t.test('while 6 connections send policies of 411 KB', async (t) => {
  let count = 0;
  // Each range has thousands of letters with another case.
  const pattern = `(?i)[${'a-\u{1e942}'.repeat(80)}]`;
  const next = (): Buffer => {
    count += 1;
    const keys = Object.fromEntries(
      Array.from({ length: 650 }, (_, at) => [
        `K${at}_${'x'.repeat(120)}`,
        at < 30 ? { pattern: `${pattern}${count}_${at}` } : { enum: ['x'.repeat(250), 'y'.repeat(250)] },
      ]),
    );
    return request('/validate-policy', bytesOf(aPolicyReview({ object: aPolicyObject({ keys }) })));
  };
  t.ok(next().length > 411_000);
  await attack(t, 6, repeatedly(next));
});

const TINY = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const CHUNK = `1000\r\n${'x'.repeat(4096)}\r\n`;
const chunked = headOf('/validate?timeout=10s', 0).replace('Content-Length: 0', 'Transfer-Encoding: chunked');
const expecting = headOf('/validate?timeout=10s', 60_000, 'Expect: 100-continue\r\n');
const half = `${headOf('/validate?timeout=10s', 60_000)}{"kind"`;
/** The first bytes of a ClientHello. */
const HALF_A_HANDSHAKE = '\x16\x03\x01\x02\x00\x01';

for (const [name, sockets, text] of [
  ['300 connections send thousands of requests without waiting', 300, TINY.repeat(5000)],
  ['100 connections send headers without an end', 100, `${TINY.slice(0, -2)}${'X: y\r\n'.repeat(20_000)}`],
  ['100 connections send a chunked body without an end', 100, `${chunked}${CHUNK.repeat(200)}`],
  ['200 connections ask whether they may send a body, and send none', 200, expecting],
  ['300 connections send half a body', 300, half],
  ['600 connections stay silent', 600, ''],
  ['100 connections ask for a tunnel', 100, 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n'],
  [
    '100 connections ask for another protocol',
    100,
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
  ],
  ['100 connections speak HTTP/1.0', 100, 'GET /validate HTTP/1.0\r\n\r\n'],
] as const) {
  t.test(`while ${name}`, async (t) => {
    await attack(t, sockets, (socket) => socket.write(text));
  });
}

t.test('while 600 connections never end their handshake', async (t) => {
  const { port } = to;
  await attack(t, 600, (socket) => socket.write(HALF_A_HANDSHAKE, 'latin1'), { port });
});

t.test('while connections begin a handshake again and again', async (t) => {
  await attack(t, 30, (socket) => socket.destroy());
});

t.test('while 100 connections read no answer', async (t) => {
  const object = aSecretObject({ POSTGRES_USER: 'app', POSTGRES_PASSWORD: `${'x'.repeat(40_000)}\n` });
  const body = request('/mutate', bytesOf(aReview({ name: 'reconciliation-secrets', object })));
  await attack(t, 100, (socket) => {
    socket.pause();
    for (let count = 0; count < 16; count += 1) socket.write(body);
  });
});

t.test('while 20 addresses send costly reviews', async (t) => {
  const object = aSecretObject(COSTLY_DATA);
  const next = (): Buffer => request('/validate', bytesOf(aReview({ object })));
  const froms = Array.from({ length: 20 }, (_, at) => `127.0.1.${at + 1}`);
  await attack(t, 20, repeatedly(next), { ...to, froms });
});

const PIECE_BYTES = 256 * 1024;

/** In pieces: a socket would keep an encrypted copy of the whole. */
async function* piecesOf(bytes: Buffer, pauseMs: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    yield bytes.subarray(at, at + PIECE_BYTES);
    if (pauseMs > 0) await sleep(pauseMs);
  }
}

const padding = MAX_BODY_BYTES - bytesOf(aReview({ padding: '' })).length;
const largest = request('/validate', bytesOf(aReview({ padding: 'x'.repeat(padding) })));

for (const [name, pauseMs] of [
  ['send reviews of 20 MiB', 0],
  ['send reviews of 20 MiB slowly', 100],
] as const) {
  t.test(`while 40 addresses ${name}`, async (t) => {
    const froms = Array.from({ length: 40 }, (_, at) => `127.0.2.${at + 1}`);
    const send = (socket: Socket): void => {
      Readable.from(piecesOf(largest, pauseMs)).pipe(socket, { end: false });
    };
    const repeat = (socket: Socket): void => {
      send(socket);
      socket.on('data', () => send(socket));
    };
    await attack(t, 40, repeat, { ...to, froms });
  });
}
