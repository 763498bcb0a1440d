import { Buffer } from 'node:buffer';
import type { Plaintext } from '../../secret/sensitive.ts';

/** Beyond it a value is not read. A configuration file of this length has hundreds of members. */
export const MAX_DOCUMENT_LENGTH = 256 * 1024;

/** Bytes in the head of a value that show whether it is text. */
const HEAD_LENGTH = 512;

/**
 * The beginning of a value as text, also if it is Latin-1, or holds a NUL. Undefined for binary data, as a keystore.
 */
export function readableText({ bytes, text }: Plaintext): string | undefined {
  if (isBinary(bytes)) return undefined;
  const read = text ?? Buffer.from(bytes.subarray(0, MAX_DOCUMENT_LENGTH)).toString('latin1');
  const start = read.charCodeAt(0) === 0xfeff ? 1 : 0;
  const document = read.slice(start, start + MAX_DOCUMENT_LENGTH);
  return document.includes('\0') ? document.replaceAll('\0', '\n') : document;
}

/** A control character other than NUL, tab, line breaks, form feed and escape. */
export function isBinary(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, HEAD_LENGTH);
  for (let at = 0; at < length; at++) {
    const byte = bytes[at]!;
    if (byte < 32 && byte !== 0 && (byte < 9 || byte > 13) && byte !== 27) return true;
  }
  return false;
}
