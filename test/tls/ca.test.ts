import { X509Certificate } from 'node:crypto';
import t from 'tap';
import { createCa, createServingFiles, issueLeaf, servingNames } from '../../src/tls/ca.ts';
import { leafOf } from '../../src/tls/serving.ts';

const now = new Date('2026-11-25T12:00:00Z');

t.test('a leaf is ECDSA P-256 with SHA-256, for servers only, with the given validity', async (t) => {
  const files = await createServingFiles(['localhost'], { now, days: 7 });
  const leaf = leafOf(files);
  t.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  t.equal(leaf.signatureAlgorithm, 'ecdsa-with-SHA256');
  t.same(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  t.equal(leaf.ca, false);
  t.equal(leaf.validToDate.toISOString(), '2026-12-02T12:00:00.000Z');
  t.ok(leaf.validFromDate < now, 'a clock that is a little behind takes it too');
});

t.test('a leaf holds all its names as subjectAltName, and its CommonName is ignored', async (t) => {
  const leaf = leafOf(
    await createServingFiles(servingNames('lockstep-webhook', 'platform', '127.50.0.10'), { now, days: 7 }),
  );
  for (const name of [
    'localhost',
    'lockstep-webhook.platform.svc',
    'lockstep-webhook.platform.svc.cluster.local',
  ]) {
    t.equal(leaf.checkHost(name, { subject: 'never' }), name);
  }
  for (const address of ['127.0.0.1', '::1', '127.50.0.10']) t.equal(leaf.checkIP(address), address);
  t.equal(leaf.checkHost('lockstep'), undefined);
});

t.test('a wildcard address adds no name', async (t) => {
  for (const host of ['::', '0.0.0.0', 'localhost', undefined]) {
    t.same(servingNames('s', 'n', host), servingNames('s', 'n'));
  }
});

t.test('a CA signs leaves but no other CA, and outlives them', async (t) => {
  const authority = await createCa({ now, days: 30 });
  const ca = new X509Certificate(authority.cert);
  const leaf = leafOf(await issueLeaf(authority, ['localhost'], { now, days: 365 }));
  t.equal(ca.ca, true);
  t.equal(leaf.checkIssued(ca), true);
  t.equal(leaf.verify(ca.publicKey), true);
  t.equal(leaf.validTo, ca.validTo);
});

t.test('two CAs never share a name, so that a bundle may hold both', async (t) => {
  const subjects = await Promise.all(
    [0, 1].map(async (day) => {
      const { cert } = await createCa({ now: new Date(now.getTime() + day), days: 1 });
      return new X509Certificate(cert).subject;
    }),
  );
  t.not(subjects[0], subjects[1]);
});
