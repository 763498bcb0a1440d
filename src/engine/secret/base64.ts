import { Buffer } from 'node:buffer';

/**
 * The value in the padded standard alphabet (RFC 4648, 4) that Go's `base64.StdEncoding` reads. Undefined if Go refuses
 * it. CR and LF are skipped, and loose trailing bits are permitted. Blanks, missing padding and `-_` are not.
 */
export function readBase64(text: string): string | undefined {
  if (isBase64(text)) return text;
  if (!/[\r\n]/.test(text)) return undefined;
  const unfolded = text.replace(/[\r\n]/g, '');
  return isBase64(unfolded) ? unfolded : undefined;
}

/**
 * Like `readBase64` but without line breaks. Node skips unknown characters, so the number of decoded bytes shows
 * whether it knew all of them. A pattern takes several times as long.
 */
export function isBase64(text: string): boolean {
  // Node also knows the alphabet of URLs, and reads only the low byte of a character: `Ł` as `A`.
  if (text.length % 4 !== 0 || Buffer.byteLength(text) !== text.length) return false;
  if (text.includes('-') || text.includes('_')) return false;
  const padding = text.endsWith('==') ? 2 : Number(text.endsWith('='));
  return Buffer.from(text, 'base64').length === (text.length / 4) * 3 - padding;
}
