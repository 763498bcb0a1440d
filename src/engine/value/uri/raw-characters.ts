/* The raw characters of a part that every driver reads alike. */

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
export const QUERY_VALUE = /^[A-Za-z0-9._~!$'()*,;:@/?%-]*$/;
