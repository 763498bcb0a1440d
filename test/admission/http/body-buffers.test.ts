import { Buffer } from 'node:buffer';
import t from 'tap';
import { concatChunks } from '../../../src/admission/http/body.ts';
import { BodyBuffers } from '../../../src/admission/http/body-buffers.ts';
import { ChunkList } from '../../../src/admission/http/chunk-list.ts';

t.test('uses a buffer again for a body that fits, and for one body at a time', async (t) => {
  const buffers = new BodyBuffers();
  const first = buffers.take(300_000);
  t.ok(first.length >= 300_000);
  t.not(buffers.take(300_000), first);
  buffers.giveBack(first);
  t.not(buffers.take(first.length + 1), first, 'too small');
  t.equal(buffers.take(100_000), first);
});

const LARGE = 3 * 1024 * 1024;

t.test('keeps a bounded number of bytes, and frees the oldest buffers', async (t) => {
  const buffers = new BodyBuffers();
  const all = Array.from({ length: 10 }, () => buffers.take(LARGE));
  for (const buffer of all) buffers.giveBack(buffer);
  t.same(
    all.map(({ length }) => length > 0),
    [false, false, ...Array(8).fill(true)],
  );
});

t.test('frees a larger buffer at once', async (t) => {
  const buffers = new BodyBuffers();
  const buffer = buffers.take(LARGE + 1);
  buffers.giveBack(buffer);
  t.equal(buffer.length, 0);
});

t.test('frees all buffers after a time in which none was used', async (t) => {
  const waiting: (() => void)[] = [];
  const passTime = (): void => {
    for (const work of waiting.splice(0)) work();
  };
  const buffers = new BodyBuffers((work) => waiting.push(work));
  const first = buffers.take(300_000);
  buffers.giveBack(first);
  buffers.giveBack(buffers.take(300_000));
  passTime();
  t.equal(buffers.take(300_000), first, 'it was used a moment ago');
  buffers.giveBack(first);
  passTime();
  passTime();
  t.equal(first.length, 0);
  t.equal(waiting.length, 0, 'nothing is left to free');
  t.not(buffers.take(300_000), first);
});

t.test('gathers a body in one buffer, with the chunks before and after', async (t) => {
  const body = Buffer.from(Array.from({ length: 50_000 }, (_, at) => at % 251));
  for (const size of [1, 100, 5000, 16_384]) {
    const chunks = new ChunkList();
    const buffer = Buffer.alloc(60_000);
    for (let at = 0; at < body.length; at += size) {
      if (at <= 20_000 && at + size > 20_000) chunks.gatherInto(buffer);
      const chunk = Buffer.allocUnsafeSlow(Math.min(size, body.length - at));
      body.copy(chunk, 0, at);
      chunks.add(chunk);
    }
    t.ok(concatChunks(chunks.all()).equals(body), `${size}`);
    t.ok(chunks.head(70).equals(body.subarray(0, 70)));
    t.equal(concatChunks(chunks.all()).buffer, buffer.buffer);
  }
});
