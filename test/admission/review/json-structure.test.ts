import { Buffer } from 'node:buffer';
import t from 'tap';
import { endOfString, hasTooManyParts } from '../../../src/admission/review/json-structure.ts';
import { aReview, aSecretObject, bytesOf } from '../../helpers/admission/review.ts';

const padded = (json: string): Buffer => Buffer.from(json + ' '.repeat(1024 * 1024), 'utf8');

t.test('counts objects, lists and members, and ignores brackets in strings', async (t) => {
  for (const [json, parts] of [
    ['[]', 1],
    ['[[],[]]', 4],
    ['{"a":{},"b":[1,2]}', 5],
    ['"[,{,"', 0],
    [String.raw`["[,\",[","\\",0]`, 3],
    ['["not closed,,,,', 1],
  ] as const) {
    t.equal(hasTooManyParts(padded(json), parts), false, json);
    if (parts > 0) t.equal(hasTooManyParts(padded(json), parts - 1), true, json);
  }
});

t.test('ends a string at the first quote that is not escaped', async (t) => {
  const body = Buffer.from(String.raw`"a\"b\\" "\\\"" "`);
  t.equal(endOfString(body, 0), 7);
  t.equal(endOfString(body, 9), 14);
  t.equal(endOfString(body, 16), body.length);
});

t.test('accepts the largest Secret of the smallest keys, and refuses millions of lists', async (t) => {
  const data = Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [`k${at}`, '']));
  const object = aSecretObject({}, { data });
  t.equal(hasTooManyParts(bytesOf(aReview({ operation: 'UPDATE', object, oldObject: object }))), false);
  t.equal(hasTooManyParts(Buffer.from(`[${'[],'.repeat(1_100_000)}0]`)), true);
});
