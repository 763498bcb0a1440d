import type { Buffer } from 'node:buffer';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { PemBlock } from './pem.ts';

/**
 * The first private key of a PEM file. `unread` if its algorithm is one that no TLS server uses. OpenSSL computes the
 * public key of some of those, which takes long.
 */
export type PrivateKey = KeyObject | 'encrypted' | 'unread' | 'invalid';

export function privateKeyIn(blocks: readonly PemBlock[]): PrivateKey {
  const block = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (block === undefined) return 'invalid';
  if (block.encrypted) return 'encrypted';
  if (block.der === undefined) return 'invalid';
  const type = TYPE_BY_LABEL[block.label];
  if (type === undefined) return 'unread';
  if (type === 'pkcs8') {
    const algorithm = algorithmOf(block.der);
    if (algorithm === undefined) return 'invalid';
    if (!ALGORITHMS.has(algorithm)) return 'unread';
  }
  try {
    return createPrivateKey({ key: block.der, format: 'der', type });
  } catch {
    return 'invalid';
  }
}

const TYPE_BY_LABEL: Readonly<Record<string, 'pkcs1' | 'pkcs8' | 'sec1'>> = {
  'RSA PRIVATE KEY': 'pkcs1',
  'EC PRIVATE KEY': 'sec1',
  'PRIVATE KEY': 'pkcs8',
};

/** The object identifiers of RSA, RSA-PSS, EC, Ed25519 and Ed448, in DER. */
const ALGORITHMS: ReadonlySet<string> = new Set([
  '06092a864886f70d010101',
  '06092a864886f70d01010a',
  '06072a8648ce3d0201',
  '06032b6570',
  '06032b6571',
]);

/**
 * PKCS #8 is a sequence of the version and of a sequence that begins with the algorithm. Undefined for any other DER,
 * which is never passed to OpenSSL.
 */
function algorithmOf(der: Buffer): string | undefined {
  const version = contentStart(der, 0, SEQUENCE);
  if (version === undefined || der[version] !== INTEGER || der[version + 1] !== 1) return undefined;
  const algorithm = contentStart(der, version + 3, SEQUENCE);
  if (algorithm === undefined) return undefined;
  return der.toString('hex', algorithm, algorithm + 2 + (der[algorithm + 1] ?? 0));
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** The position of the content of the element at `at`. Undefined if the element has another tag. */
function contentStart(der: Buffer, at: number, tag: number): number | undefined {
  const length = der[at + 1];
  if (der[at] !== tag || length === undefined) return undefined;
  return at + 2 + (length < 0x80 ? 0 : length & 0x7f);
}
