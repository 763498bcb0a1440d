import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { KeyPair } from '../../testbed/cluster/pki.ts';

/** How a certificate is signed. */
export type Signature = keyof typeof SIGNATURES;

interface Signing {
  /** AlgorithmIdentifier. */
  readonly algorithm: Buffer;
  readonly keys: () => { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  readonly sign: (bytes: Buffer, key: KeyObject) => Buffer;
}

/** DER: tag, length, what is in it. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const size = body.length;
  const head =
    size < 0x80 ? [tag, size] : size < 0x100 ? [tag, 0x81, size] : [tag, 0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from(head), body]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const integer = (value: number): Buffer => der(0x02, Buffer.from([value]));
const NULL = der(0x05);

const rsa = (): ReturnType<Signing['keys']> => generateKeyPairSync('rsa', { modulusLength: 2048 });
const curve = (namedCurve: string) => (): ReturnType<Signing['keys']> =>
  generateKeyPairSync('ec', { namedCurve });

const rsaWith = (hash: string, hex: string): Signing => ({
  algorithm: sequence(oid(hex), NULL),
  keys: rsa,
  sign: (bytes, key) => sign(hash, bytes, key),
});

const ecdsaWith = (hash: string, hex: string, name: string): Signing => ({
  algorithm: sequence(oid(hex)),
  keys: curve(name),
  sign: (bytes, key) => sign(hash, bytes, key),
});

const SHA512 = sequence(oid('608648016503040203'), NULL);
const PSS = sequence(
  oid('2a864886f70d01010a'),
  sequence(der(0xa0, SHA512), der(0xa1, sequence(oid('2a864886f70d010108'), SHA512)), der(0xa2, integer(64))),
);

const SIGNATURES = {
  'RSA, SHA-1': rsaWith('sha1', '2a864886f70d010105'),
  'RSA, SHA-256': rsaWith('sha256', '2a864886f70d01010b'),
  'RSA, SHA-384': rsaWith('sha384', '2a864886f70d01010c'),
  'RSASSA-PSS, SHA-512': {
    algorithm: PSS,
    keys: rsa,
    sign: (bytes, key) =>
      sign('sha512', bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }),
  },
  'ECDSA, SHA-256': ecdsaWith('sha256', '2a8648ce3d040302', 'P-256'),
  'ECDSA, SHA-384': ecdsaWith('sha384', '2a8648ce3d040303', 'P-384'),
  Ed25519: {
    algorithm: sequence(oid('2b6570')),
    keys: () => generateKeyPairSync('ed25519'),
    sign: (bytes, key) => sign(null, bytes, key),
  },
} satisfies Record<string, Signing>;

/** A certificate that signs itself, of X.509 version 1: for a day, and for a server that nobody asks who it is. */
export function selfSigned(how: Signature): KeyPair {
  const { algorithm, keys, sign: signed }: Signing = SIGNATURES[how];
  const { privateKey, publicKey } = keys();
  const name = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from('postgres')))));
  const time = (at: number): Buffer =>
    der(0x17, Buffer.from(`${new Date(at).toISOString().slice(2, 19).replaceAll(/[-T:]/g, '')}Z`));
  const validity = sequence(time(Date.now() - 60_000), time(Date.now() + 24 * 60 * 60 * 1000));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const body = sequence(integer(7), algorithm, name, validity, name, spki);
  const bits = der(0x03, Buffer.from([0]), signed(body, privateKey));
  const base64 = sequence(body, algorithm, bits).toString('base64');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
