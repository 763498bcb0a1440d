import { Buffer } from 'node:buffer';
import t from 'tap';
import {
  connectionPassword,
  parsedConnection,
} from '../../../../src/engine/review/evaluation/parsed-connection.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';

t.test('parses the connection string of a value once', async (t) => {
  const value = Sensitive.fromText('postgresql://app:s3cret@db/app');
  const [first, second] = [value.withPlaintext(parsedConnection), value.withPlaintext(parsedConnection)];
  t.equal(first?.host?.value, 'db');
  t.equal(first, second);
  t.equal(value.withPlaintext(connectionPassword)?.value, 's3cret');
});

t.test('returns no connection string for other texts, once or twice', async (t) => {
  for (const value of [
    Sensitive.fromText('plain'),
    Sensitive.fromText(''),
    Sensitive.fromBytes(Buffer.of(0xff)),
  ]) {
    for (const _ of [1, 2]) {
      t.equal(value.withPlaintext(parsedConnection), undefined);
      t.equal(value.withPlaintext(connectionPassword), undefined);
    }
  }
});
