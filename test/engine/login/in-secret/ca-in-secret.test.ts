import t from 'tap';
import { caInSecret } from '../../../../src/engine/login/in-secret/ca-in-secret.ts';
import { aSecret } from '../../../helpers/engine/engine.ts';

const pem = (what: string, text = 'MIIB') => `-----BEGIN ${what}-----\n${text}\n-----END ${what}-----\n`;

t.test('reads only the certificates under ca.crt', async (t) => {
  const bundle = `a comment\n${pem('CERTIFICATE')}${pem('PRIVATE KEY', 'key')}${pem('CERTIFICATE', 'MIIC')}`;
  t.strictSame(caInSecret(aSecret({ 'ca.crt': bundle })), {
    ca: `${pem('CERTIFICATE')}${pem('CERTIFICATE', 'MIIC')}`,
  });
});

t.test('explains a Secret without a CA, and reads a hostile one quickly', async (t) => {
  const begin = '-----BEGIN CERTIFICATE-----';
  for (const data of [
    {},
    { 'ca.crt': '' },
    { 'tls.crt': pem('CERTIFICATE') },
    { 'ca.crt': pem('PRIVATE KEY') },
    { 'ca.crt': Uint8Array.of(0xff) },
    { 'ca.crt': begin.repeat(18_000) },
    { 'ca.crt': `${begin}${'A'.repeat(500_000)}` },
    { 'ca.crt': pem('CERTIFICATE').repeat(20_000) },
  ])
    t.match(caInSecret(aSecret(data)), { fault: /no certificate of a CA, as PEM, under ca\.crt/ });
});
