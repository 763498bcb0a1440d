import t from 'tap';
import { Sensitive } from '../../src/engine/secret/sensitive.ts';
import { createServingFiles } from '../../src/tls/ca.ts';
import { renewalDate, renewalReason } from '../../src/tls/renewal.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const HOST = 'lockstep-webhook.lockstep-system.svc';
const later = (days: number) => new Date(NOW.getTime() + days * 24 * 60 * 60 * 1000);

const files = await createServingFiles([HOST], { now: NOW, days: 300 });
const other = await createServingFiles([HOST], { now: NOW, days: 300 });

t.test('a good certificate is kept until a third of its life is left', async (t) => {
  t.equal(renewalReason(files, HOST, NOW), undefined);
  t.equal(renewalReason(files, HOST, later(199)), undefined);
  t.match(renewalReason(files, HOST, later(201)), /^it expires on/);
  t.match(renewalReason(files, HOST, later(301)), /^it expired on/);
  t.match(renewalReason(files, HOST, later(-1)), /^it is valid only from/);
  t.equal(renewalDate(files.cert).toISOString().slice(0, 10), '2026-12-17');
});

t.test('a certificate for another name is renewed, and a CommonName is no name', async (t) => {
  t.match(
    renewalReason(files, 'lockstep-webhook.elsewhere.svc', NOW),
    /not for lockstep-webhook.elsewhere.svc/,
  );
  t.match(renewalReason(files, 'lockstep', NOW), /not for lockstep/);
});

t.test('files that do not match are renewed', async (t) => {
  const apart = 'its tls.crt, tls.key and ca.crt do not belong together';
  t.equal(renewalReason({ ...files, key: other.key }, HOST, NOW), apart);
  t.equal(renewalReason({ ...files, ca: other.ca }, HOST, NOW), apart);
  t.equal(renewalReason({ ...files, key: Sensitive.fromText('no key') }, HOST, NOW), apart);
  t.equal(
    renewalReason({ ...files, ca: `${other.ca}\n${files.ca}` }, HOST, NOW),
    undefined,
    'any CA of several',
  );
});

t.test('files that are missing or no PEM are renewed', async (t) => {
  t.equal(renewalReason({ ...files, cert: '' }, HOST, NOW), 'its tls.crt is no certificate');
  t.equal(renewalReason({ ...files, ca: 'x' }, HOST, NOW), 'its ca.crt is no certificate');
});
