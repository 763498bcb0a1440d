import { Buffer } from 'node:buffer';

/** The encoding of a manifest, from its byte-order mark. */
export type FileEncoding = 'utf8' | 'utf16le' | 'utf16be';

export interface DecodedManifest {
  /** Includes the byte-order mark, so that a write keeps it. */
  readonly text: string;
  readonly encoding: FileEncoding;
}

export function decodeManifest(bytes: Uint8Array): DecodedManifest {
  const [first, second] = bytes;
  const buffer = Buffer.from(bytes);
  if (first === 0xff && second === 0xfe) return { text: buffer.toString('utf16le'), encoding: 'utf16le' };
  if (first === 0xfe && second === 0xff)
    return { text: buffer.swap16().toString('utf16le'), encoding: 'utf16be' };
  return { text: buffer.toString('utf8'), encoding: 'utf8' };
}

export function encodeManifest(text: string, encoding: FileEncoding): Uint8Array {
  if (encoding === 'utf8') return Buffer.from(text, 'utf8');
  const buffer = Buffer.from(text, 'utf16le');
  return encoding === 'utf16be' ? buffer.swap16() : buffer;
}
