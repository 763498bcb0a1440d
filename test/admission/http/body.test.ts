import { Buffer } from 'node:buffer';
import t from 'tap';
import { concatChunks } from '../../../src/admission/http/body.ts';
import { readReview } from '../../../src/admission/review/review.ts';
import { aReview, aSecretObject, bytesOf } from '../../helpers/admission/review.ts';

const BIG = 'x'.repeat(300_000);

/** As from TLS: each piece in its own memory. */
function piecesOf(body: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const piece = Buffer.allocUnsafeSlow(Math.min(size, body.length - at));
    body.copy(piece, 0, at);
    pieces.push(piece);
  }
  return pieces;
}

t.test('joins a body in pieces, cut anywhere', async (t) => {
  const body = bytesOf(aReview({ object: aSecretObject({ NOTE: 'é'.repeat(99) }) }));
  for (const size of [1, 7, 100, 16_384]) t.ok(concatChunks(piecesOf(body, size)).equals(body), `${size}`);
  t.equal(concatChunks([]).length, 0);
});

t.test('frees the memory of the pieces', async (t) => {
  const pieces = piecesOf(Buffer.alloc(50_000), 16_384);
  concatChunks(pieces);
  t.same(
    pieces.map(({ length }) => length),
    [0, 0, 0, 0],
  );
});

t.test('does not free a piece of shared memory', async (t) => {
  const memory = Buffer.from('abcdef');
  concatChunks([memory.subarray(0, 3), memory.subarray(3, 5)]);
  t.equal(memory.toString(), 'abcdef');
});

t.test('reads, compares and decodes a large value of an update from the body', async (t) => {
  const read = (after: string, before: string) => {
    const review = aReview({
      operation: 'UPDATE',
      object: aSecretObject({ KEYSTORE: after }),
      oldObject: aSecretObject({ KEYSTORE: before }),
    });
    const { request } = readReview(concatChunks(piecesOf(bytesOf(review), 16_384)));
    return { now: request?.secret.data.get('KEYSTORE'), old: request?.old?.data.get('KEYSTORE') };
  };
  const same = read(BIG, BIG);
  t.equal(same.now?.equals(same.old), true);
  t.equal(same.now?.size, BIG.length);
  const changed = read(`${BIG.slice(1)}y`, BIG);
  t.equal(changed.now?.equals(changed.old), false);
  t.equal(
    changed.now?.withPlaintext(({ text }) => text?.endsWith('xy')),
    true,
  );
  t.equal(`${changed.now}`, '[redacted]');
});

t.test(
  'reads a large label or annotation as text, and refuses a large string in place of an object',
  async (t) => {
    const long = Buffer.from(BIG).toString('base64');
    const metadata = { name: 'app', annotations: { note: long } };
    const { request } = readReview(bytesOf(aReview({ object: aSecretObject({}, { metadata }) })));
    t.equal(request?.secret.annotations.get('note'), long);
    for (const [object, message] of [
      [aSecretObject({}, { data: long }), 'request.object.data: must be an object'],
      [aSecretObject({}, { metadata: long }), 'request.object.metadata: must be an object'],
      [long, 'request.object: must be an object'],
    ] as const) {
      t.throws(() => readReview(bytesOf(aReview({ object }))), { message });
    }
  },
);
