import { createHash } from 'node:crypto';

/**
 * `tls-server-end-point` of RFC 5929: a hash of the server's certificate, by the hash function of its signature.
 * Undefined if the signature has no hash function, as with Ed25519. PostgreSQL has no such binding then either.
 */
export function tlsServerEndPoint(certificate: Buffer): Buffer | undefined {
  const algorithm = certificateHash(certificate);
  return algorithm === undefined ? undefined : createHash(algorithm).update(certificate).digest();
}

/** The digest of a signatureAlgorithm, by the hexadecimal bytes of its OID. MD5 and SHA-1 count as SHA-256. */
const HASH_BY_SIGNATURE: Readonly<Record<string, string>> = {
  '2a864886f70d010104': 'sha256', // md5WithRSAEncryption
  '2a864886f70d010105': 'sha256', // sha1WithRSAEncryption
  '2a864886f70d01010e': 'sha224',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d0401': 'sha256', // ecdsa-with-SHA1
  '2a8648ce3d040301': 'sha224',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
};

const RSA_PSS = '2a864886f70d01010a';

/** The digest in the parameters of RSASSA-PSS. They leave out SHA-1 (RFC 4055). */
const HASH_BY_OID: Readonly<Record<string, string>> = {
  '2b0e03021a': 'sha256', // sha1
  '608648016503040204': 'sha224',
  '608648016503040201': 'sha256',
  '608648016503040202': 'sha384',
  '608648016503040203': 'sha512',
};

const SEQUENCE = 0x30;
const OID = 0x06;
/** [0] of RSASSA-PSS-params. */
const HASH_ALGORITHM = 0xa0;

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, parameters }, signature } */
function certificateHash(certificate: Buffer): string | undefined {
  const [, algorithm] = derElements(derElements(certificate)[0]?.body);
  const [name, parameters] = derElements(algorithm?.body);
  if (algorithm?.tag !== SEQUENCE || name?.tag !== OID) return undefined;
  const oid = name.body.toString('hex');
  if (oid !== RSA_PSS) return Object.hasOwn(HASH_BY_SIGNATURE, oid) ? HASH_BY_SIGNATURE[oid] : undefined;
  const hashParameter = derElements(parameters?.body).find(({ tag }) => tag === HASH_ALGORITHM);
  if (hashParameter === undefined) return 'sha256';
  const [hash] = derElements(derElements(hashParameter.body)[0]?.body);
  const hashOid = hash?.body.toString('hex') ?? '';
  return Object.hasOwn(HASH_BY_OID, hashOid) ? HASH_BY_OID[hashOid] : undefined;
}

interface DerElement {
  readonly tag: number;
  readonly body: Buffer;
}

/** DER elements in sequence, up to the first invalid one. */
function derElements(bytes: Buffer = Buffer.alloc(0)): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const first = bytes[at + 1]!;
    const size = first < 0x80 ? 0 : first & 0x7f;
    if (size > 4 || at + 2 + size > bytes.length) break;
    const length = size === 0 ? first : bytes.readUIntBE(at + 2, size);
    const begin = at + 2 + size;
    if (first === 0x80 || begin + length > bytes.length) break;
    elements.push({ tag: bytes[at]!, body: bytes.subarray(begin, begin + length) });
    at = begin + length;
  }
  return elements;
}
