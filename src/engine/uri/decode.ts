export interface DecodedText {
  readonly value: string;
  /** False where a `%` is stray, or its bytes are not UTF-8, or NUL: such a `%` stands for itself. */
  readonly clean: boolean;
}

/** Percent-decodes as far as there is sense in it. Never throws. */
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
 * RFC 3986 userinfo. Measured: what is outside (`@ / ? # [ ]`, blank, `" < > \ ^ { | }`, backtick, controls, non-ASCII) breaks at least
 * one of 14 drivers when it stands raw; what is inside breaks none.
 */
export const USERINFO = /^[A-Za-z0-9._~!$&'()*+,;=:%-]*$/;

/** A `:` ends the user. */
export const USER = /^[A-Za-z0-9._~!$&'()*+,;=%-]*$/;

/** Name, IPv4, `[IPv6]`, or an escaped socket directory. */
export const HOST = /^(?:[A-Za-z0-9._~%-]*|\[[0-9A-Fa-f:.]*(?:%25[A-Za-z0-9._~-]+)?\])$/;

export const PORT = /^[0-9]{0,5}$/;

/** An escape in a path is left as it is by three drivers. A raw character of RFC 3986 is read alike by all. */
export const DATABASE = /^[A-Za-z0-9._~!$&'()*+,;=:@-]*$/;

/** Without `+`, which form decoders take for a blank, and without `=`, which libpq refuses in a value. */
export const QUERY = /^[A-Za-z0-9._~!$'()*,;:@/?%-]*$/;

function tryDecode(escapes: string): string | undefined {
  try {
    const decoded = decodeURIComponent(escapes);
    return decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}
