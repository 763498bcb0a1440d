import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { ReviewBody } from '../../../src/admission/http/body.ts';
import { BodyMemory } from '../../../src/admission/http/body-memory.ts';

const KIB = 1024;
const MAX_BYTES = 200 * KIB;

interface Given {
  readonly budgetMs?: number;
  readonly contentLength?: number;
  /** Memory for large bodies. */
  readonly room?: number;
}

/** A body whose bytes the test writes to `source`. */
function aBody({ budgetMs = 60_000, contentLength, room = MAX_BYTES }: Given = {}) {
  const memory = new BodyMemory(room);
  const source = new PassThrough({ highWaterMark: MAX_BYTES * 2 });
  const headers = contentLength === undefined ? {} : { 'content-length': `${contentLength}` };
  const socket = new PassThrough();
  const request = Object.assign(source, { headers, socket }) as unknown as IncomingMessage;
  const allocation = memory.allocate('127.0.0.1', () => {});
  const body = new ReviewBody(request, { budgetMs, maxBytes: MAX_BYTES }, allocation);
  return { body, source, socket, memory, allocation };
}

/** What fastify gets. */
async function textOf(body: ReviewBody): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const errorOf = async (body: ReviewBody): Promise<string> => (await once(body, 'error'))[0].code;

const headOf = (body: ReviewBody): Promise<string> =>
  new Promise((resolve) => body.readHead((head) => resolve(head.toString())));

t.test('passes on each byte of a small and of a large body', async (t) => {
  for (const size of [0, 1, 64 * KIB, 64 * KIB + 1, MAX_BYTES]) {
    const { body, source } = aBody();
    const sent = Buffer.from('0123456789'.repeat(size / 10 + 1)).subarray(0, size);
    for (let at = 0; at < size; at += 10_000) source.write(sent.subarray(at, at + 10_000));
    source.end();
    t.equal(await textOf(body), sent.toString(), `${size}`);
  }
});

t.test('reads nothing before somebody asks for the body', async (t) => {
  const { body, source } = aBody();
  source.write('text');
  await new Promise(setImmediate);
  t.equal(source.readableFlowing, null);
  body.discard();
});

t.test('holds no more memory than a short chunk has', async (t) => {
  const { body, source } = aBody();
  const record = Buffer.alloc(16 * KIB, 'x');
  source.end(record.subarray(0, 10));
  const [chunk] = await once(body, 'data');
  t.equal(chunk.toString(), 'x'.repeat(10));
  t.not(chunk.buffer, record.buffer);
});

t.test('closes the socket of a body that arrives byte by byte', async (t) => {
  const { body, source, socket } = aBody();
  body.resume();
  for (let count = 0; count < 1100; count += 1) source.write('x');
  await once(socket, 'close');
  t.ok(socket.destroyed);
  body.discard();
});

t.test('waits for room after 64 KiB, and reads on when another body ends', async (t) => {
  const { body, source, memory } = aBody({ contentLength: 100 * KIB, room: 150 * KIB });
  const other = memory.allocate('127.0.0.2', () => {});
  other.enlarge(100 * KIB, () => {});
  const text = textOf(body);
  source.write(Buffer.alloc(70 * KIB, 'x'));
  source.end(Buffer.alloc(30 * KIB, 'x'));
  while (!source.isPaused()) await new Promise(setImmediate);
  other.release();
  t.equal((await text).length, 100 * KIB);
});

t.test('ends with an error that says why there is no body', async (t) => {
  const late = aBody({ budgetMs: 1 });
  t.equal(await errorOf(late.body.resume()), 'LOCKSTEP_DEADLINE_EXCEEDED');
  const cut = aBody();
  cut.source.write('{"kind"');
  const reason = errorOf(cut.body.resume());
  cut.source.destroy();
  t.equal(await reason, 'LOCKSTEP_BODY_TRUNCATED');
  const full = aBody({ budgetMs: 1, room: 10 });
  full.source.write(Buffer.alloc(70 * KIB, 'x'));
  const refusal = errorOf(full.body);
  full.body.resume();
  full.source.resume();
  t.match(await refusal, /^LOCKSTEP_(MEMORY_BUDGET|DEADLINE)_EXCEEDED$/);
});

t.test('gives the first 64 KiB of a body that fastify refuses, and drops the rest', async (t) => {
  const { body, source } = aBody();
  const head = headOf(body);
  source.write(`{"kind"${'x'.repeat(64 * KIB)}`);
  t.equal(await head, `{"kind"${'x'.repeat(64 * KIB - 7)}`);
  source.write(Buffer.alloc(MAX_BYTES));
  source.end();
  await once(source, 'end');
  t.equal(body.readableLength, 0);
});

t.test('gives the beginning of a body that was evicted, and of one that ended', async (t) => {
  const evicted = aBody();
  evicted.body.resume();
  evicted.source.write('{"kind"');
  await new Promise(setImmediate);
  evicted.body.destroy();
  t.equal(await headOf(evicted.body), '{"kind"');
  const short = aBody();
  const head = headOf(short.body);
  short.source.end('{}');
  t.equal(await head, '{}');
});
