export interface DecodedText {
  readonly value: string;
  /** False if a `%` is stray, or if its bytes are NUL or not UTF-8. Such a `%` stands for itself. */
  readonly clean: boolean;
}

/** Decodes the valid percent escapes, and leaves the others. Never throws. */
export function decodePercent(raw: string): DecodedText {
  if (!raw.includes('%')) return { value: raw, clean: true };
  let clean = !/%(?![0-9A-Fa-f]{2})/.test(raw);
  const value = raw.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => {
    const decoded = tryDecode(escapes);
    if (decoded === undefined) clean = false;
    return decoded ?? escapes;
  });
  return { value, clean };
}

/**
 * RFC 3986 userinfo, as measured with 14 drivers. Each raw character outside of it breaks at least one driver: `@ / ? #
 * [ ]`, blank, `" < > \ ^ { | }`, backtick, controls, non-ASCII. No character inside breaks one.
 */
export const USERINFO = /^[A-Za-z0-9._~!$&'()*+,;=:%-]*$/;

/** A `:` ends the user. */
export const USER = /^[A-Za-z0-9._~!$&'()*+,;=%-]*$/;

/** A name, IPv4, `[IPv6]`, or an escaped socket directory. */
export const HOST = /^(?:[A-Za-z0-9._~%-]*|\[[0-9A-Fa-f:.]*(?:%25[A-Za-z0-9._~-]+)?\])$/;

export const PORT = /^[0-9]{0,5}$/;

/** Three drivers don't decode an escape in a path. All drivers read a raw character of RFC 3986 alike. */
export const DATABASE = /^[A-Za-z0-9._~!$&'()*+,;=:@-]*$/;

/** Without `+`, which form decoders read as a blank, and without `=`, which libpq refuses in a value. */
export const QUERY = /^[A-Za-z0-9._~!$'()*,;:@/?%-]*$/;

function tryDecode(escapes: string): string | undefined {
  try {
    const decoded = decodeURIComponent(escapes);
    return decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}
