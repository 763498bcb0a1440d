import t from 'tap';
import { recordName } from '../../../src/kube/secrets/record-name.ts';
import { secretMetadataTarget } from '../../../src/kube/secrets/secret-metadata.ts';

const headOf = (name: string, labels: object, annotations: object) =>
  secretMetadataTarget([]).parse({
    metadata: { namespace: 'shop', name, resourceVersion: '1', labels, annotations },
  });

t.test('accepts the owner of a record only if the record name agrees', async (t) => {
  const isRecord = { 'lockstep.dev/record': 'true' };
  for (const name of ['app', 'a'.repeat(253)])
    t.match(headOf(recordName(name), isRecord, { 'lockstep.dev/record-of': name }), { recordOf: name });
  const of = { 'lockstep.dev/record-of': 'orchid-lantern-basalt' };
  t.equal(headOf(recordName('app'), isRecord, of).recordOf, undefined);
  t.equal(headOf('app', {}, of).recordOf, undefined);
  t.equal(headOf(recordName('app'), isRecord, {}).recordOf, undefined);
  const elsewhere = `${'a'.repeat(230)}/../../other`;
  t.equal(
    headOf(recordName(elsewhere), isRecord, { 'lockstep.dev/record-of': elsewhere }).recordOf,
    undefined,
  );
});
