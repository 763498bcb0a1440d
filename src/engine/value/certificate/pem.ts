import { Buffer } from 'node:buffer';

export interface PemBlock {
  /** `CERTIFICATE`, `EC PRIVATE KEY`. */
  readonly label: string;
  /** Undefined if the block can't be decoded: it is cut off, or its body is no base64. */
  readonly der: Buffer | undefined;
  /** A passphrase protects the key. */
  readonly encrypted: boolean;
}

const BEGIN = /^-----BEGIN ([A-Z\d ]{1,40})-----$/;

/**
 * The blocks of a PEM file, at most `limit`. As for Go and OpenSSL, a block begins at the start of a line. The text
 * around the blocks is ignored.
 */
export function pemBlocks(text: string, limit: number): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length && blocks.length < limit; at += 1) {
    const label = BEGIN.exec(lineAt(lines, at))?.[1];
    if (label === undefined) continue;
    const body: string[] = [];
    at += 1;
    while (at < lines.length && !lineAt(lines, at).startsWith('-----')) body.push(lineAt(lines, at++));
    const isClosed = lineAt(lines, at) === `-----END ${label}-----`;
    // The next block begins without an end of this one.
    if (!isClosed) at -= 1;
    blocks.push(blockOf(label, body, isClosed));
  }
  return blocks;
}

const lineAt = (lines: readonly string[], at: number): string => lines[at]?.trimEnd() ?? '';

function blockOf(label: string, body: readonly string[], isClosed: boolean): PemBlock {
  const encrypted = label === 'ENCRYPTED PRIVATE KEY' || body.some((line) => line.startsWith('Proc-Type:'));
  const base64 = body.join('').replaceAll(/[ \t]/g, '');
  const isBase64 = base64.length % 4 === 0 && /^[A-Za-z\d+/]+={0,2}$/.test(base64);
  return { label, der: isClosed && isBase64 ? Buffer.from(base64, 'base64') : undefined, encrypted };
}
