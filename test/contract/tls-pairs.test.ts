import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { aCluster } from '../helpers/cluster/cluster.ts';
import { aPair, CHAIN, expired, intermediate, leaf, other, root } from '../helpers/engine/certificates.ts';
import { aCreate, reportedFindings, validated } from '../helpers/engine/engine.ts';

/*
 * The API server accepts each TLS Secret, and warns if Go's tls package can't load its pair. lockstep refuses what the
 * API server warns of.
 */
const cluster = await aCluster(t);

const rsa = await aPair('rsa', { keyType: 'rsa' });
const pkcs1 = createPrivateKey(rsa.key).export({ type: 'pkcs1', format: 'pem' }).toString();
const sec1 = createPrivateKey(leaf.key).export({ type: 'sec1', format: 'pem' }).toString();
const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const PARAMETERS = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';

/** `[what, tls.crt, tls.key]`. A new pair is one line. */
const PAIRS: readonly (readonly [what: string, chain: string, key: string])[] = [
  ['a chain', CHAIN, leaf.key],
  ['a leaf', leaf.cert, leaf.key],
  ['a self-signed certificate', root.cert, root.key],
  ['RSA', rsa.cert, rsa.key],
  ['RSA in PKCS #1', rsa.cert, pkcs1],
  ['EC in SEC 1', leaf.cert, sec1],
  ['EC with the curve before it', leaf.cert, `${PARAMETERS}${sec1}`],
  ['CRLF', CHAIN.replaceAll('\n', '\r\n'), leaf.key.replaceAll('\n', '\r\n')],
  [
    'remarks around the blocks',
    `subject: leaf\n${leaf.cert}\nissuer\n${intermediate.cert}`,
    `# key\n${leaf.key}`,
  ],
  ['the key in the chain too', `${leaf.key}${leaf.cert}`, leaf.key],
  ['the certificate before the key', leaf.cert, `${leaf.cert}${leaf.key}`],
  ['no newline at the end', leaf.cert.trimEnd(), leaf.key.trimEnd()],
  ['blanks at the ends of lines', leaf.cert.replaceAll('\n', ' \n'), leaf.key],
  ['one long line', leaf.cert.replace(/(?<=[\w+/=])\n(?=[\w+/=])/g, ''), leaf.key],
  ['an empty line in the body', leaf.cert.replace('-\nMII', '-\n\nMII'), leaf.key],
  ['the key of another certificate', CHAIN, other.key],
  ['a key of another algorithm', CHAIN, ed25519],
  ['RSA with an EC key', rsa.cert, leaf.key],
  ['the root first', `${root.cert}${intermediate.cert}${leaf.cert}`, leaf.key],
  ['the two keys exchanged', leaf.key, leaf.cert],
  ['no PEM', 'x', 'x'],
  ['no PEM in the key', CHAIN, 'x'],
  ['base64 of PEM', Buffer.from(CHAIN).toString('base64'), leaf.key],
  ['indented', leaf.cert.replaceAll(/^/gm, '  '), leaf.key],
  ['an indented key', leaf.cert, leaf.key.replaceAll(/^/gm, ' ')],
  ['an indented body', leaf.cert.replaceAll(/^(?!-)/gm, '  '), leaf.key],
  ['cut off', leaf.cert.slice(0, -40), leaf.key],
  ['a key that is cut off', CHAIN, leaf.key.slice(0, -40)],
  ['a body that is no base64', leaf.cert.replace('\nMII', '\n!!!'), leaf.key],
  ['a body that is no certificate', leaf.cert.replace('\nMII', '\nAAA'), leaf.key],
  ['a byte-order mark', `\ufeff${leaf.cert}`, leaf.key],
  ['escaped newlines', leaf.cert.replaceAll('\n', '\\n'), leaf.key],
  ['a certificate of another label', leaf.cert.replaceAll('CERTIFICATE', 'X509 CERTIFICATE'), leaf.key],
  ['a trusted certificate', leaf.cert.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'), leaf.key],
  ['four dashes', leaf.cert.replaceAll('-----', '----'), leaf.key],
  ['another END', leaf.cert.replace('END CERTIFICATE', 'END PRIVATE KEY'), leaf.key],
];

async function isWarnedByApiServer(chain: string, key: string): Promise<boolean> {
  const input = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'pair' },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': chain, 'tls.key': key },
  };
  const args = ['create', '--dry-run=server', '-f', '-'];
  const { stderr } = await cluster.mustRun(args, { input });
  return /^Warning: /m.test(stderr);
}

const findingsOf = (chain: string, key: string): readonly string[] =>
  reportedFindings(
    validated(aCreate({ 'tls.crt': chain, 'tls.key': key }, { name: 'pair', type: 'kubernetes.io/tls' })),
  );

t.test('lockstep refuses a TLS pair that the API server warns of, and no other', async (t) => {
  for (const [what, chain, key] of PAIRS) {
    const isWarned = await isWarnedByApiServer(chain, key);
    const findings = findingsOf(chain, key);
    t.equal(
      findings.some((line) => line.startsWith('Enforce')),
      isWarned,
      `${what}: ${findings.join()}`,
    );
  }
});

t.test(
  'lockstep finds more: the order of the issuers, an expired certificate, and an issuer that is cut off',
  async (t) => {
    const pairs = [
      [`${leaf.cert}${root.cert}${intermediate.cert}`, leaf.key],
      [expired.cert, expired.key],
      [`${leaf.cert}${intermediate.cert.slice(0, -40)}`, leaf.key],
    ] as const;
    for (const [chain, key] of pairs) {
      t.notOk(await isWarnedByApiServer(chain, key));
      t.equal(findingsOf(chain, key).length, 1);
    }
  },
);

t.test('lockstep reports less: a Secret that is filled in later', async (t) => {
  t.ok(await isWarnedByApiServer('', ''));
  t.same(findingsOf('', ''), []);
});
