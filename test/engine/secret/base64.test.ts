import { Buffer } from 'node:buffer';
import t from 'tap';
import { isBase64, readBase64 } from '../../../src/engine/secret/base64.ts';
import { fc } from '../../helpers/property.ts';

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'AQz0+/=-_ \n\r~é'), maxLength: 24 }),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc
    .tuple(
      fc.base64String({ maxLength: 40 }),
      fc.nat(40),
      fc.constantFrom('=', '-', '\n', 'é', '\u0000', '\u0141'),
    )
    .map(([whole, at, put]) => whole.slice(0, at) + put + whole.slice(at + 1)),
);

t.test('judges a short text by a pattern as the decoder does', async (t) => {
  fc.assert(
    fc.property(text, (short) => isBase64(short) === decoderAccepts(short)),
    { numRuns: 20_000, seed: 20261128 },
  );
  for (const short of ['', '=', '==', '===', '====', 'A===', 'AB=C', '=AAA', 'AA==', 'AA=\n', 'AAA=AAA='])
    t.equal(isBase64(short), decoderAccepts(short), JSON.stringify(short));
});

t.test('removes line breaks, as Go does', async (t) => {
  t.equal(readBase64('QUJD\r\nREVG\n'), 'QUJDREVG');
  t.equal(readBase64('QUJD REVG'), undefined);
});

/** A text of the same kind that is too long for the pattern. */
function decoderAccepts(short: string): boolean {
  return isBase64('A'.repeat(2048) + short);
}
