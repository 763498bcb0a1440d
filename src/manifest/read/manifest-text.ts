import { Buffer } from 'node:buffer';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { whyUnreadable } from './manifest-paths.ts';

/** The text of a manifest with its byte-order mark, or why there is none. */
export type ManifestText = { readonly text: string } | { readonly problem: string };

/** The API server refuses a body over 3 MiB; a stream of manifests may be larger. Bytes. */
const LARGEST = 64 * 1024 * 1024;

const TOO_LARGE = `is larger than ${LARGEST / 1024 / 1024} MiB: give it in parts`;

/** A file is read at once: to wait for it takes longer than to read it. Only what may have no end is waited for. */
export async function readText(path: string): Promise<ManifestText> {
  try {
    const found = statSync(path);
    if (found.isDirectory()) return { problem: 'is a folder that something links to: give its own path' };
    if (found.size > LARGEST) return { problem: TOO_LARGE };
    return textOf(found.isFile() ? readFileSync(path) : await upTo(LARGEST, createReadStream(path)));
  } catch (error) {
    return { problem: whyUnreadable(error) };
  }
}

/** A device or a pipe has no size, and may have no end. */
async function upTo(most: number, stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of stream) {
    pieces.push(piece);
    size += piece.length;
    if (size > most) break;
  }
  return Buffer.concat(pieces);
}

/** As kubectl: a byte-order mark says UTF-16; all else is UTF-8, where broken bytes become U+FFFD. */
export function textOf(bytes: Uint8Array): ManifestText {
  if (bytes.length > LARGEST) return { problem: TOO_LARGE };
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [first, second] = buffer;
  if (first === 0xff && second === 0xfe) return { text: buffer.toString('utf16le') };
  if (first === 0xfe && second === 0xff) return { text: swapped(buffer).toString('utf16le') };
  if (buffer.subarray(0, HEAD).includes(0)) return { problem: 'is no text but a binary file' };
  return { text: buffer.toString('utf8') };
}

/** Where a binary file has shown itself. Bytes. */
const HEAD = 8000;

const swapped = (buffer: Buffer): Buffer =>
  Buffer.from(buffer.subarray(0, buffer.length - (buffer.length % 2))).swap16();
