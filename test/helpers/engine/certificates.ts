import { generate } from 'selfsigned';

/** A certificate with its private key, both PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

interface PairOptions {
  readonly issuer?: Pair;
  readonly isCa?: boolean;
  readonly notBeforeDate?: Date;
  readonly notAfterDate?: Date;
  readonly keyType?: 'rsa' | 'ec';
}

/** Certificates of the tests are valid at `testContext.now()` and today. */
const FROM = new Date('2020-01-01T00:00:00Z');
const TO = new Date('2100-01-01T00:00:00Z');

export async function aPair(name: string, options: PairOptions = {}): Promise<Pair> {
  const { issuer, isCa = false, notBeforeDate = FROM, notAfterDate = TO, keyType = 'ec' } = options;
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType,
    algorithm: 'sha256',
    notBeforeDate,
    notAfterDate,
    ...(issuer && { ca: issuer }),
    extensions: [{ name: 'basicConstraints', cA: isCa, critical: true }],
  });
  return { cert: `${cert.trim()}\n`, key: `${key.trim()}\n` };
}

export const root = await aPair('root', { isCa: true });
export const intermediate = await aPair('intermediate', { isCa: true, issuer: root });
export const leaf = await aPair('leaf', { issuer: intermediate });
export const other = await aPair('other', { issuer: intermediate });
export const expired = await aPair('expired', {
  issuer: root,
  notAfterDate: new Date('2021-01-01T00:00:00Z'),
});

/** The certificate first, then those that signed it. */
export const CHAIN = `${leaf.cert}${intermediate.cert}${root.cert}`;
