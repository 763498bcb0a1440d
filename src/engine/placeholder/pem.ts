import type { PlaceholderVerdict } from './verdict.ts';

const EMPTY: PlaceholderVerdict = {
  rule: 'placeholder',
  what: 'is a PEM block without a key or certificate in it',
};

/** The smallest real body is an Ed25519 private key: 64 characters of base64 (RFC 8410). */
const MIN_BODY_LENGTH = 64;

const CURVE = '-----BEGIN EC PARAMETERS-----';

/** BEGIN and END with dots, x's or a remark between them. */
export function emptyPem(text: string): PlaceholderVerdict | undefined {
  if (!text.startsWith('-----BEGIN ')) return undefined;
  const parts = text.split('-----');
  // `openssl ecparam -genkey` writes the short name of the curve before the key.
  const body = (parts[text.startsWith(CURVE) ? 6 : 2] ?? '').replace(/\\n|\s/g, '');
  return body.length < MIN_BODY_LENGTH || /\.\.\.|…|x{16}|[<>]/i.test(body) ? EMPTY : undefined;
}
