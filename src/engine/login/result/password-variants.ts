import { Buffer } from 'node:buffer';
import type { Sensitive } from '../../secret/sensitive.ts';
import { encodeUserinfo } from '../../value/uri/encode.ts';

/** The accidental changes of a password on its way into the server, or into the Secret. */
export type VariantName = keyof typeof VARIANTS;

/** `server` completes "the server has it …". */
const VARIANTS = {
  'first-line': {
    of: (text: string) => text.split(/[\r\n]/)[0] ?? '',
    server: 'without what follows its first line, as the image of PostgreSQL reads it',
  },
  blanks: { of: (text: string) => text.trim(), server: 'without the blanks around it' },
  quotes: { of: withoutQuotes, server: 'without the quotes around it' },
  'with-newline': { of: (text: string) => `${text}\n`, server: 'with a newline at its end' },
  'with-quotes': { of: (text: string) => `"${text}"`, server: 'with quotes around it' },
  'with-apostrophes': { of: (text: string) => `'${text}'`, server: 'with quotes around it' },
  'percent-decoded': { of: percentDecoded, server: 'as it is before it is encoded for a URL' },
  'percent-encoded': { of: encodeUserinfo, server: 'as it is encoded for a URL' },
  'base64-decoded': { of: base64Decoded, server: 'as it is before it is encoded in base64' },
  'base64-encoded': {
    of: (text: string) => Buffer.from(text, 'utf8').toString('base64'),
    server: 'as base64, as it stands under data',
  },
} as const satisfies Record<
  string,
  { readonly of: (text: string) => string | undefined; readonly server: string }
>;

export interface PasswordVariant {
  readonly variant: VariantName;
  readonly password: Sensitive;
}

export const variantDescription = (form: VariantName): string => VARIANTS[form].server;

/** In bytes. A longer password is not tried, and libpq has a limit too (PG_MAX_AUTH_TOKEN_LENGTH is 65535). */
const MAX_PASSWORD_BYTES = 8192;

/**
 * The variants of a password that a server may have got by accident. None is empty, equal to the password, or listed
 * twice.
 */
export function passwordVariantsOf(password: Sensitive): readonly PasswordVariant[] {
  if (password.isEmpty || password.size > MAX_PASSWORD_BYTES) return [];
  const found: PasswordVariant[] = [];
  for (const form of Object.keys(VARIANTS) as VariantName[]) {
    const other = password.map(VARIANTS[form].of);
    if (other === undefined || other.isEmpty || other.equals(password)) continue;
    if (!found.some((one) => one.password.equals(other))) found.push({ variant: form, password: other });
  }
  return found;
}

function withoutQuotes(text: string): string | undefined {
  const [first = ''] = text;
  return text.length > 2 && /['"]/.test(first) && text.endsWith(first) ? text.slice(1, -1) : undefined;
}

function percentDecoded(text: string): string | undefined {
  if (!text.includes('%')) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Only if the value is base64 of a text. Nearly every password is base64 of some bytes. */
function base64Decoded(text: string): string | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  return /^[\u0020-\u007e\u00a1-\ufffc]+\n?$/.test(decoded) && !decoded.includes('\ufffd')
    ? decoded.trimEnd()
    : undefined;
}
