import t from 'tap';
import { Sensitive } from '../../src/engine/secret/sensitive.ts';
import { createCa, createServingFiles, issueLeaf } from '../../src/tls/ca.ts';
import { type ServingFiles, validateServingFiles } from '../../src/tls/serving.ts';

const now = new Date('2026-11-25T12:00:00Z');
const labels = { cert: '/tls/tls.crt', key: '/tls/tls.key', ca: '/tls/ca.crt' };
const made = await createServingFiles(['localhost'], { now, days: 7 });
const other = await createServingFiles(['localhost'], { now, days: 7 });

const check =
  (files: Partial<ServingFiles>, at = now) =>
  () =>
    validateServingFiles({ ...made, ...files }, labels, at);

t.test('matching files are accepted', async (t) => {
  t.doesNotThrow(check({}));
  t.doesNotThrow(check({ ca: '' }), 'nobody says who must trust it');
  t.doesNotThrow(check({ ca: other.ca + made.ca }), 'two authorities side by side');
  t.doesNotThrow(check({ ca: made.cert }), 'the certificate is its own authority');
});

t.test('each certificate of a chain must be issued by the next, up to an authority', async (t) => {
  const authority = await createCa({ now, days: 7 });
  const leaf = await issueLeaf(authority, ['localhost'], { now, days: 7 });
  t.doesNotThrow(() => validateServingFiles({ ...leaf, cert: leaf.cert + leaf.ca }, labels, now));
  t.throws(() => validateServingFiles({ ...leaf, cert: leaf.cert + other.ca, ca: other.ca }, labels, now), {
    code: 'LOCKSTEP_CERTIFICATE_UNTRUSTED',
  });
});

t.test('unusable files are refused in one sentence that names the file', async (t) => {
  for (const [attempt, code, message] of [
    [
      check({ key: other.key }),
      'LOCKSTEP_CERTIFICATE_KEY_MISMATCH',
      /^\/tls\/tls.key does not fit \/tls\/tls.crt/,
    ],
    [
      check({ ca: other.ca }),
      'LOCKSTEP_CERTIFICATE_UNTRUSTED',
      /\/tls\/tls.crt is not issued by .*\/tls\/ca.crt/,
    ],
    [check({ cert: 'nothing' }), 'LOCKSTEP_CERTIFICATE_MALFORMED', /^\/tls\/tls.crt is not a PEM/],
    [check({ ca: 'nothing' }), 'LOCKSTEP_CERTIFICATE_MALFORMED', /^\/tls\/ca.crt is not a PEM/],
    [
      check({ key: Sensitive.fromText('nothing') }),
      'LOCKSTEP_CERTIFICATE_MALFORMED',
      /^\/tls\/tls.key is not a PEM/,
    ],
    [
      check({}, new Date('2026-12-03')),
      'LOCKSTEP_CERTIFICATE_EXPIRED',
      /valid from 2026-11-25T.* to 2026-12-02T/,
    ],
    [check({}, new Date('2026-11-24')), 'LOCKSTEP_CERTIFICATE_EXPIRED', /it is 2026-11-24T/],
  ] as const) {
    t.throws(attempt, { code, message, exitCode: 2 });
  }
});
