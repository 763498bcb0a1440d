import t from 'tap';
import { recordName } from '../../../src/kube/secrets/record-name.ts';

/** RFC 1123, the rule of the API server for the name of a Secret. */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

t.test('names a record after its Secret', async (t) => {
  t.equal(recordName('app'), 'lockstep-record-app');
  t.equal(recordName('a.b'), 'lockstep-record-a.b');
});

t.test('cuts a name that is too long to a unique one', async (t) => {
  const long = 'a'.repeat(236);
  t.equal(recordName(long), `lockstep-record-${long}`);
  const names = [237, 238, 252, 253].flatMap((length) =>
    ['a', `${'a'.repeat(220)}.`, `${'a'.repeat(220)}-`].map((start) => start.padEnd(length, 'b')),
  );
  const records = names.map(recordName);
  for (const record of records) {
    t.equal(record.length, 253);
    t.match(record, SUBDOMAIN);
  }
  t.equal(new Set(records).size, names.length);
  // A Secret whose name equals the cut record name of another has a longer record name, which is cut too.
  const copied = records[0]?.slice('lockstep-record-'.length) ?? '';
  t.not(recordName(copied), records[0]);
});
