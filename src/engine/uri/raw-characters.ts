/** Whether every driver reads the raw characters of `[start, end)` alike. */
export type IsPortable = (text: string, start: number, end: number) => boolean;

/** Each class is one bit in the table of ASCII characters. */
const [USERINFO_BIT, USER_BIT, NAME_BIT, DIGIT_BIT, DATABASE_BIT, QUERY_BIT] = [1, 2, 4, 8, 16, 32];
const CLASSES = new Uint8Array(128);

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const include = (bit: number, characters: string): void => {
  for (let at = 0; at < characters.length; at++) CLASSES[characters.charCodeAt(at)]! |= bit;
};
include(USERINFO_BIT, `${LETTERS_AND_DIGITS}._~!$&'()*+,;=:%-`);
include(USER_BIT, `${LETTERS_AND_DIGITS}._~!$&'()*+,;=%-`);
include(NAME_BIT, `${LETTERS_AND_DIGITS}._~%-`);
include(DIGIT_BIT, '0123456789');
include(DATABASE_BIT, `${LETTERS_AND_DIGITS}._~!$&'()*+,;=:@-`);
include(QUERY_BIT, `${LETTERS_AND_DIGITS}._~!$'()*,;:@/?%-`);

function hasOnly(bit: number, text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code >= 128 || (CLASSES[code]! & bit) === 0) return false;
  }
  return true;
}

/**
 * RFC 3986 userinfo, as measured with 14 drivers. Each raw character outside of it breaks at least one driver: `@ / ? #
 * [ ]`, blank, `" < > \ ^ { | }`, backtick, controls, non-ASCII. No character inside breaks one.
 */
export const isUserinfo: IsPortable = (text, start, end) => hasOnly(USERINFO_BIT, text, start, end);

/** A `:` ends the user. */
export const isUser: IsPortable = (text, start, end) => hasOnly(USER_BIT, text, start, end);

/** A name, IPv4, `[IPv6]`, or an escaped socket directory. */
export const isHost: IsPortable = (text, start, end) =>
  start < end && text[start] === '['
    ? IPV6.test(text.slice(start, end))
    : hasOnly(NAME_BIT, text, start, end);
const IPV6 = /^\[[0-9A-Fa-f:.]*(?:%25[A-Za-z0-9._~-]+)?\]$/;

export const isPort: IsPortable = (text, start, end) =>
  end - start <= 5 && hasOnly(DIGIT_BIT, text, start, end);

/** Three drivers don't decode an escape in a path. All drivers read a raw character of RFC 3986 alike. */
export const isDatabase: IsPortable = (text, start, end) => hasOnly(DATABASE_BIT, text, start, end);

/** Without `+`, which form decoders read as a blank, and without `=`, which libpq refuses in a value. */
export const isQueryValue: IsPortable = (text, start, end) => hasOnly(QUERY_BIT, text, start, end);
