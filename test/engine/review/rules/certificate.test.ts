import { Buffer } from 'node:buffer';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { findCanaries } from '../../../helpers/canary/canary.ts';
import {
  aPair,
  CHAIN,
  expired,
  intermediate,
  leaf,
  other,
  root,
} from '../../../helpers/engine/certificates.ts';
import {
  aCreate,
  anUpdate,
  reportedFindings,
  sentences,
  testContext,
  validated,
} from '../../../helpers/engine/engine.ts';

const TLS = { name: 'shop-tls', type: 'kubernetes.io/tls' };
type Rest = Parameters<typeof aCreate>[1];
type Value = string | Uint8Array;

const found = (cert: Value, key: Value, rest: Rest = TLS) =>
  reportedFindings(validated(aCreate({ 'tls.crt': cert, 'tls.key': key }, rest))).filter((line) =>
    /certificate/.test(line),
  );

t.test('a chain with its key has no finding', async (t) => {
  t.same(found(CHAIN, leaf.key), []);
  t.same(found(leaf.cert, leaf.key), [], 'without its issuers');
  t.same(found(`${leaf.cert}${root.cert}`, leaf.key), [], 'an issuer may be missing');
  t.same(found(`${CHAIN}${other.cert}`, leaf.key), [], 'what follows the root does not count');
  t.same(found(root.cert, root.key), [], 'self-signed');
  t.same(found(`# the leaf\n${leaf.cert}# its issuer\n\n${intermediate.cert}`, leaf.key), [], 'with remarks');
  t.same(found(CHAIN.replaceAll('\n', '\r\n'), leaf.key.replaceAll('\n', '\r\n')), [], 'with CRLF');
});

t.test('a key of another certificate is refused', async (t) => {
  t.same(found(CHAIN, other.key), ['Enforce tls.key certificate-mismatch']);
  t.same(
    found(leaf.cert, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
    ['Enforce tls.key certificate-mismatch'],
  );
});

t.test('each form of a private key is read', async (t) => {
  const rsa = await aPair('rsa', { keyType: 'rsa' });
  for (const { cert, key } of [leaf, rsa]) {
    const object = createPrivateKey(key);
    const form = object.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1';
    for (const type of ['pkcs8', form] as const) {
      const pem = object.export({ type, format: 'pem' });
      t.same(found(cert, pem), [], type);
      t.same(found(other.cert, pem), ['Enforce tls.key certificate-mismatch'], type);
    }
  }
  const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
  const sec1 = createPrivateKey(leaf.key).export({ type: 'sec1', format: 'pem' });
  const pair = { 'tls.crt': leaf.cert, 'tls.key': `${parameters}${sec1}` };
  t.same(
    reportedFindings(validated(aCreate(pair, TLS))),
    [],
    'as openssl ecparam writes it: no placeholder either',
  );
});

t.test('a chain in the wrong order is refused', async (t) => {
  for (const chain of [
    `${root.cert}${intermediate.cert}${leaf.cert}`,
    `${intermediate.cert}${leaf.cert}`,
    `${leaf.cert}${root.cert}${intermediate.cert}`,
    `${leaf.cert}${leaf.cert}${intermediate.cert}`,
  ])
    t.same(found(chain, leaf.key), ['Enforce tls.crt certificate-order']);
});

t.test('an expired certificate is a warning, by the clock of the context', async (t) => {
  t.same(found(expired.cert, expired.key), ['Warn tls.crt expired-certificate']);
  t.same(found(`${expired.cert}${root.cert}`, leaf.key), [
    'Enforce tls.key certificate-mismatch',
    'Warn tls.crt expired-certificate',
  ]);
});

t.test(
  'a certificate that is not yet valid is a warning, but not for a small difference of clocks',
  async (t) => {
    const now = testContext.now().getTime();
    const from = (ms: number) => aPair('new', { issuer: root, notBeforeDate: new Date(now + ms) });
    const tomorrow = await from(24 * 3_600_000);
    t.same(found(tomorrow.cert, tomorrow.key), ['Warn tls.crt expired-certificate']);
    const [finding] = validated(aCreate({ 'tls.crt': tomorrow.cert, 'tls.key': tomorrow.key }, TLS)).findings;
    t.match(finding, {
      message: 'holds a certificate that is not yet valid',
      fix: 'insert one that is valid now',
    });
    const soon = await from(60_000);
    t.same(found(soon.cert, soon.key), []);
  },
);

t.test('a PEM file that can not be read is one finding of its key', async (t) => {
  const cut = leaf.cert.slice(0, leaf.cert.length / 2);
  const noBase64 = leaf.cert.replace('\nMII', '\n!!!');
  const noCertificate = leaf.cert.replace(/\nMII/, '\nAAA');
  const bad: readonly Value[] = [
    'no PEM at all',
    cut,
    noBase64,
    noCertificate,
    leaf.cert.replaceAll(/^/gm, '  '),
    `\ufeff${leaf.cert}`,
    Buffer.from(leaf.cert, 'utf16le'),
    Buffer.from(leaf.cert).toString('base64'),
    leaf.cert.replace('\n', '\n\0'),
    `${leaf.cert}${cut}`,
    leaf.key,
  ];
  const refusals = (cert: Value, key: Value): string =>
    reportedFindings(validated(aCreate({ 'tls.crt': cert, 'tls.key': key }, TLS)))
      .filter((line) => line.startsWith('Enforce'))
      .join(' ');
  // A body that is no base64 is a placeholder.
  const one = (key: string): RegExp => new RegExp(`^Enforce ${key} (?:invalid-certificate|placeholder)$`);
  for (const cert of bad) t.match(refusals(cert, leaf.key), one('tls.crt'), String(cert));
  for (const key of ['no PEM', leaf.key.slice(0, -40), leaf.cert, leaf.key.replace('\nMI', '\nAA')])
    t.match(refusals(CHAIN, key), one('tls.key'), key);
});

t.test('an encrypted key is a warning, and is never decrypted', async (t) => {
  const key = createPrivateKey(leaf.key);
  const options = { format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
  for (const type of ['pkcs8', 'sec1'] as const)
    t.same(found(CHAIN, key.export({ ...options, type })), ['Warn tls.key invalid-certificate'], type);
});

t.test('a key of an algorithm that no server uses is not read', async (t) => {
  const options = { type: 'pkcs8', format: 'pem' } as const;
  const { privateKey } = generateKeyPairSync('x25519');
  t.same(found(CHAIN, privateKey.export(options)), []);
  const dsa = `-----BEGIN DSA PRIVATE KEY-----\n${'A'.repeat(64)}\n-----END DSA PRIVATE KEY-----\n`;
  t.same(found(CHAIN, dsa), []);
});

t.test('a Secret that is filled in later is not validated', async (t) => {
  for (const blank of ['', '\n', ' \n\t'])
    for (const [cert, key] of [
      [blank, blank],
      [blank, other.key],
      [CHAIN, blank],
    ] as const)
      t.same(found(cert, key), [], JSON.stringify([cert.length, key.length]));
  t.same(reportedFindings(validated(aCreate({ 'tls.crt': 'x' }, TLS))), []);
});

t.test('the owner of a Secret gets a warning only', async (t) => {
  const certManager = { ...TLS, annotations: new Map([['cert-manager.io/certificate-name', 'shop']]) };
  t.same(found(CHAIN, other.key, certManager), ['Warn tls.key certificate-mismatch']);
  const pair = { 'tls.crt': CHAIN, 'tls.key': other.key };
  t.match(sentences(validated(aCreate(pair, certManager))), [
    /: insert the key and the certificate of one issuance where cert-manager takes it from$/,
  ]);
});

t.test('an Opaque Secret is validated if it holds PEM under both keys; another type never', async (t) => {
  const opaque = { name: 'shop-tls' };
  t.same(found(CHAIN, other.key, opaque), ['Enforce tls.key certificate-mismatch']);
  t.same(found('/etc/tls/tls.crt', '/etc/tls/tls.key', opaque), []);
  t.same(found(CHAIN, other.key, { ...TLS, type: 'example.com/tls' }), []);
  t.same(
    reportedFindings(validated(aCreate({ 'tls.crt': `${root.cert}${leaf.cert}` }, opaque))),
    [],
    'a CA bundle',
  );
});

t.test('an update that changes neither key is warned of only', async (t) => {
  const pair = { 'tls.crt': CHAIN, 'tls.key': other.key };
  const update = (before: object, after: object) =>
    reportedFindings(validated(anUpdate({ ...pair, ...before }, { ...pair, ...after }, TLS)));
  t.same(update({ note: 'x' }, { note: 'z' }), ['Warn tls.key certificate-mismatch']);
  t.same(update({ 'tls.crt': other.cert }, {}), ['Enforce tls.key certificate-mismatch']);
});

t.test('no finding holds a part of a certificate or a key', async (t) => {
  const texts = [
    [CHAIN, other.key],
    [`${root.cert}${leaf.cert}`, leaf.key],
    [expired.cert, expired.key],
    ['x', 'x'],
  ].flatMap(([cert = '', key = '']) =>
    sentences(validated(aCreate({ 'tls.crt': cert, 'tls.key': key }, TLS))),
  );
  t.ok(texts.length > 4);
  const bodies = [CHAIN, leaf.key, other.key, expired.cert, expired.key].flatMap((pem) =>
    pem.split('\n').filter((line) => line.length > 8 && !line.startsWith('-----')),
  );
  t.same(findCanaries(texts.join('\n'), bodies), []);
});

t.test('a hostile file costs little: its size and the number of its certificates are limited', async (t) => {
  t.same(found(leaf.cert.repeat(2_000), leaf.key), [], 'too large to read');
  const begins = '-----BEGIN CERTIFICATE-----\n'.repeat(2_000);
  t.same(reportedFindings(validated(aCreate({ 'tls.crt': begins, 'tls.key': leaf.key }, TLS))).length, 1);
  t.same(found('\n'.repeat(60_000), leaf.key), []);
});
