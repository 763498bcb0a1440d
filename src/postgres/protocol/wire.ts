import type { Duplex } from 'node:stream';
import { LoginFailure } from '../../dial/login-failure.ts';

/** One message of the server: its type byte and its body. */
export interface ServerMessage {
  readonly type: string;
  readonly body: Buffer;
  /** Type, length and body as they arrived. */
  readonly raw: Buffer;
}

/** Type and length. The length includes itself. */
const HEADER = 5;

/** All that a server may send. */
interface StreamLimits {
  readonly bytes: number;
  readonly messages: number;
}

/** Before a login. A current server sends 500 bytes and 20 messages. */
const LOGIN_LIMITS: StreamLimits = { bytes: 256 * 1024, messages: 1000 };
/** libpq accepts 30,000 bytes of an error before a login, and 2,000 of any other message. */
const MAX_LOGIN_BODY_BYTES = 64 * 1024;

/**
 * The messages of a server, one at a time, from a paused stream. Any program may answer, so each length is checked
 * before memory is reserved.
 */
export class MessageStream {
  readonly #stream: Duplex;
  readonly #stopSignal: AbortSignal;
  #bytesLeft: number;
  #messagesLeft: number;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(stream: Duplex, stopSignal: AbortSignal, { bytes, messages }: StreamLimits = LOGIN_LIMITS) {
    this.#stream = stream;
    this.#stopSignal = stopSignal;
    this.#bytesLeft = bytes;
    this.#messagesLeft = messages;
  }

  /**
   * `maxBytes` gives the limit of a body by its type, and undefined for a type that may not come.
   *
   * @throws LoginFailure `cut`, `timeout`, `not-postgres`.
   */
  async nextMessage(
    maxBytes: (type: string) => number | undefined = () => MAX_LOGIN_BODY_BYTES,
  ): Promise<ServerMessage> {
    const header = await this.#peek(HEADER);
    const type = String.fromCharCode(header[0]!);
    const bodyLength = header.readUInt32BE(1) - 4;
    this.#bytesLeft -= HEADER + bodyLength;
    this.#messagesLeft -= 1;
    const maxLength = maxBytes(type) ?? -1;
    if (bodyLength < 0 || bodyLength > maxLength || this.#bytesLeft < 0 || this.#messagesLeft < 0)
      throw new LoginFailure('not-postgres');
    const raw = (await this.#peek(HEADER + bodyLength)).subarray(0, HEADER + bodyLength);
    this.#bytes = this.#bytes.subarray(raw.length);
    return { type, body: raw.subarray(HEADER), raw };
  }

  /**
   * The byte that answers a TLS request. Unencrypted bytes after it come from an attacker, and must not be read as the
   * server's (CVE-2021-23222).
   */
  async readByte(): Promise<string> {
    const bytes = await this.#peek(1);
    const byte = bytes.toString('latin1', 0, 1);
    if (bytes.length > 1 && 'SN'.includes(byte)) throw new LoginFailure('not-postgres');
    this.#bytes = Buffer.alloc(0);
    return byte;
  }

  send(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  /** Returns the stream with the bytes that were not consumed. */
  release(): void {
    if (this.#bytes.length > 0) this.#stream.unshift(this.#bytes);
    this.#bytes = Buffer.alloc(0);
  }

  /** Copies each chunk once: a server may send a byte at a time. */
  async #peek(size: number): Promise<Buffer> {
    if (this.#bytes.length >= size) return this.#bytes;
    const needed = Buffer.allocUnsafe(size);
    let length = this.#bytes.copy(needed);
    let rest: Buffer = Buffer.alloc(0);
    while (length < size) {
      const chunk: Buffer | null = this.#stream.read();
      if (chunk === null) await this.#waitReadable();
      else {
        rest = chunk.subarray(size - length);
        length += chunk.copy(needed, length);
      }
    }
    this.#bytes = rest.length === 0 ? needed : Buffer.concat([needed, rest]);
    return this.#bytes;
  }

  #waitReadable(): Promise<void> {
    const stream = this.#stream;
    return new Promise((resolve, reject) => {
      if (this.#stopSignal.aborted) throw new LoginFailure('timeout');
      if (stream.destroyed || stream.readableEnded) throw new LoginFailure('cut');
      const onCut = () => settle(() => reject(new LoginFailure('cut')));
      const onStop = () => settle(() => reject(new LoginFailure('timeout')));
      const onReadable = () => settle(resolve);
      const settle = (then: () => void) => {
        for (const event of ['end', 'close', 'error']) stream.off(event, onCut);
        stream.off('readable', onReadable);
        this.#stopSignal.removeEventListener('abort', onStop);
        then();
      };
      for (const event of ['end', 'close', 'error']) stream.on(event, onCut);
      stream.on('readable', onReadable);
      this.#stopSignal.addEventListener('abort', onStop);
    });
  }
}

/** MAX_STARTUP_PACKET_LENGTH. Above it, a server closes the connection without a message. */
const MAX_STARTUP_BYTES = 10_000;

/** Protocol 3.0, and pairs of names and values. A NUL would end a value early, and start another. */
export function startupMessage(parameters: Readonly<Record<string, string>>): Buffer {
  const strings = Object.entries(parameters).flat();
  if (strings.some((word) => word.includes('\0'))) throw new LoginFailure('other');
  const text = Buffer.from(`${strings.join('\0')}\0\0`);
  if (8 + text.length > MAX_STARTUP_BYTES) throw new LoginFailure('other');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + text.length, 0);
  head.writeUInt32BE(3 << 16, 4);
  return Buffer.concat([head, text]);
}

/** SASLInitialResponse: the chosen mechanism, and its first message. */
export function saslInitialResponse(mechanism: string, response: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(response.length);
  return encodeMessage('p', Buffer.concat([Buffer.from(`${mechanism}\0`), length, Buffer.from(response)]));
}

/** Type, length, body. */
export function encodeMessage(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type), length, body]);
}
