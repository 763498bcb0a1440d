import t from 'tap';
import { compileCredential } from '../../../src/engine/login/credential-schema/compile.ts';
import { credentialTarget } from '../../../src/kube/objects/credentials.ts';
import { aCredentialObject } from '../../helpers/login/postgres-credential.ts';

t.test('keeps only the fields of a PostgresCredential that lockstep reads', async (t) => {
  const object = aCredentialObject({ secretName: 'app' }) as { readonly metadata: object };
  const text = 'x'.repeat(1_000_000);
  const kept = credentialTarget('PostgresCredential').parse({
    ...object,
    metadata: {
      ...object.metadata,
      uid: '1',
      generation: 3,
      resourceVersion: '7',
      creationTimestamp: '2026-11-01T00:00:00Z',
      annotations: { text },
      labels: { text },
      managedFields: [{ manager: text }],
      ownerReferences: [{ name: text }],
    },
  });
  t.ok(JSON.stringify(kept).length < 2000);
  t.match(kept, { uid: '1', resourceVersion: '7' });
  const compiled = compileCredential(kept.document);
  t.ok('credential' in compiled);
  t.match(compiled, { credential: { uid: '1', generation: 3, created: new Date('2026-11-01T00:00:00Z') } });
});
