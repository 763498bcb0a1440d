import t from 'tap';
import {
  authorityEnds,
  certificatesEnd,
} from '../../../../src/engine/diagnosis/cluster-checks/certificates.ts';

const NOW = new Date('2027-03-01T00:00:00Z');
const place = 'caBundle of validate.lockstep.dev';
const endsIn = (days: number) => ({ place, ends: new Date(NOW.getTime() + days * 24 * 60 * 60 * 1000) });

t.test('the certificate that ends first counts', async (t) => {
  t.match(certificatesEnd([endsIn(365), endsIn(100)], NOW), {
    outcome: 'ok',
    message: 'valid until 2027-06-09 or longer',
  });
});

t.test('warns within thirty days before the end of a certificate', async (t) => {
  t.equal(certificatesEnd([endsIn(30)], NOW).outcome, 'ok');
  t.match(certificatesEnd([endsIn(365), endsIn(29.9)], NOW), {
    outcome: 'warning',
    names: [`${place}: ends 2027-03-30`],
  });
});

t.test('an expired or malformed certificate is a fault', async (t) => {
  t.match(certificatesEnd([endsIn(365), endsIn(0)], NOW), {
    outcome: 'fault',
    names: [`${place}: ends 2027-03-01`],
  });
  t.match(certificatesEnd([{ place, ends: undefined }], NOW), {
    outcome: 'fault',
    names: [`${place}: no certificate`],
  });
});

t.test('reports nothing without certificates', async (t) => {
  t.equal(certificatesEnd([], NOW).outcome, 'unknown');
  t.equal(authorityEnds([], NOW).outcome, 'ok');
  t.equal(authorityEnds([endsIn(-1)], NOW).outcome, 'fault');
});
