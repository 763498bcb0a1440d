import { Buffer, isUtf8 } from 'node:buffer';

/** Longer than any instruction people write; what is longer is data. */
const LONGEST = 600;

/** The text that a base64 value holds inside, where it is text: the value was encoded once too often. */
export function encodedText(text: string): string | undefined {
  const body = text.startsWith('base64:') ? text.slice(7) : text;
  if (
    body.length < 4 ||
    body.length > LONGEST ||
    body.length % 4 === 1 ||
    !/^[A-Za-z0-9+/_-]+={0,2}$/.test(body)
  )
    return undefined;
  const bytes = Buffer.from(body, 'base64');
  if (bytes.length < 3 || bytes[0]! < 9 || !isUtf8(bytes)) return undefined;
  const inner = bytes.toString('utf8').trim();
  return /^[\x20-\x7e\n\t]{3,}$|^[\p{L}\p{M}\p{N}\s._-]{3,}$/u.test(inner) ? inner : undefined;
}
