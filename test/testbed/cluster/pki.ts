import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** PEM texts of a certificate and its key. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What a control plane needs to trust itself. Each file lies in the folder under the name of its field. */
export interface Pki {
  readonly ca: string;
  readonly admin: KeyPair;
  readonly files: {
    readonly ca: string;
    readonly serverCert: string;
    readonly serverKey: string;
    /** Signs ServiceAccount tokens. */
    readonly tokenKey: string;
    readonly tokenPublicKey: string;
  };
}

/** A cluster lives for minutes; a day is plenty. */
const LIFETIME_MS = 24 * 60 * 60 * 1000;

/** @param addresses what clients call the API server by, as IP addresses. */
export async function makePki(folder: string, addresses: readonly string[]): Promise<Pki> {
  const authority = await makeAuthority();
  const server = await sign(authority, { commonName: 'kube-apiserver' }, 'serverAuth', addresses);
  const admin = await sign(
    authority,
    { commonName: 'testbed-admin', organizationName: 'system:masters' },
    'clientAuth',
  );
  const token = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const write = (name: string, pem: string): string => {
    const path = join(folder, name);
    writeFileSync(path, pem, { mode: 0o600 });
    return path;
  };
  return {
    ca: authority.cert,
    admin,
    files: {
      ca: write('ca.crt', authority.cert),
      serverCert: write('apiserver.crt', server.cert),
      serverKey: write('apiserver.key', server.key),
      tokenKey: write('service-account.key', token.privateKey),
      tokenPublicKey: write('service-account.pub', token.publicKey),
    },
  };
}

/** A server's certificate, for names and IP addresses, of an authority that issues nothing else. */
export async function makeServerCertificate(
  names: readonly string[],
): Promise<{ readonly ca: string; readonly server: KeyPair }> {
  const authority = await makeAuthority();
  return {
    ca: authority.cert,
    server: await sign(authority, { commonName: names[0] ?? 'server' }, 'serverAuth', names),
  };
}

/** A client's certificate of that name, of an authority that issues nothing else. */
export async function makeClientCertificate(
  commonName: string,
): Promise<{ readonly ca: string; readonly client: KeyPair }> {
  const authority = await makeAuthority();
  return { ca: authority.cert, client: await sign(authority, { commonName }, 'clientAuth') };
}

async function makeAuthority(): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: 'testbed-ca' }], {
    ...common(),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

async function sign(
  authority: KeyPair,
  subject: Record<string, string>,
  usage: 'serverAuth' | 'clientAuth',
  names: readonly string[] = [],
): Promise<KeyPair> {
  const made = await generate(
    Object.entries(subject).map(([name, value]) => ({ name, value })),
    {
      ...common(),
      ca: authority,
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', [usage]: true },
        ...(names.length > 0 ? [{ name: 'subjectAltName' as const, altNames: names.map(altName) }] : []),
      ],
    },
  );
  return { cert: made.cert, key: made.private };
}

/** As RFC 5280 numbers them: dNSName, iPAddress. */
const altName = (name: string) =>
  isIP(name) === 0 ? { type: 2 as const, value: name } : { type: 7 as const, ip: name };

function common() {
  const now = Date.now();
  return {
    keyType: 'ec' as const,
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 60_000),
    notAfterDate: new Date(now + LIFETIME_MS),
  };
}
