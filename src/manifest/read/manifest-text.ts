import { Buffer } from 'node:buffer';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { unreadableReason } from './manifest-paths.ts';

/** The text of a manifest with its byte-order mark, or the reason why it can't be read. */
export type ManifestText = { readonly text: string } | { readonly problem: string };

/** Limit in bytes. The API server refuses a body over 3 MiB; a stream of manifests can be larger. */
const MAX_BYTES = 64 * 1024 * 1024;

const TOO_LARGE = `is larger than ${MAX_BYTES / 1024 / 1024} MiB: give it in parts`;

/** `<(command)` of a shell, and its standard input. Any other pipe may have no writer. */
const SHELL_STREAM = /^\/(?:dev\/(?:stdin|fd\/\d{1,9})|proc\/self\/fd\/\d{1,9})$/;

const NOT_REGULAR =
  'is no regular file but a pipe, a device or a socket: give a file, or pipe the text: … | lockstep check -';

/** A regular file is read synchronously, which is faster. Only an input without a known end is read asynchronously. */
export async function readManifestText(path: string): Promise<ManifestText> {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return { problem: 'is a folder that something links to: give its own path' };
    if (stats.size > MAX_BYTES) return { problem: TOO_LARGE };
    if (!stats.isFile())
      return SHELL_STREAM.test(path)
        ? decodeManifest(await readUpTo(MAX_BYTES, createReadStream(path)))
        : { problem: NOT_REGULAR };
    // A file of the kernel has no size, and a read of one can wait for ever.
    if (stats.size === 0) return { text: '' };
    return decodeManifest(readFileSync(path));
  } catch (error) {
    return { problem: unreadableReason(error) };
  }
}

/** A device or a pipe has no size, and can be endless. */
async function readUpTo(maxBytes: number, stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  return Buffer.concat(chunks);
}

/**
 * Decodes like kubectl: a byte-order mark selects UTF-16. Everything else is UTF-8, and invalid bytes become U+FFFD.
 */
export function decodeManifest(bytes: Uint8Array): ManifestText {
  if (bytes.length > MAX_BYTES) return { problem: TOO_LARGE };
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [first, second] = buffer;
  if (first === 0xff && second === 0xfe) return { text: buffer.toString('utf16le') };
  if (first === 0xfe && second === 0xff) return { text: swapBytes(buffer).toString('utf16le') };
  if (buffer.subarray(0, BINARY_CHECK_BYTES).includes(0)) return { problem: 'is no text but a binary file' };
  return { text: buffer.toString('utf8') };
}

/** Number of bytes that are enough to recognise a binary file. */
const BINARY_CHECK_BYTES = 8000;

const swapBytes = (buffer: Buffer): Buffer =>
  Buffer.from(buffer.subarray(0, buffer.length - (buffer.length % 2))).swap16();
