import type { Duplex } from 'node:stream';
import { LoginFailure } from './login-failure.ts';

/** One message of the server: its type byte and its body. */
export interface ServerMessage {
  readonly type: string;
  readonly body: Buffer;
  /** Type, length and body as they arrived. */
  readonly raw: Buffer;
}

/** Type and length. The length includes itself. */
const HEADER = 5;

/** libpq accepts 30,000 bytes of an error before a login, and 2,000 of any other message. */
const MAX_MESSAGE_BYTES = 65_536;
/**
 * The limit for all messages before a login. A current server sends 500 bytes. They stay in memory until the login is
 * over.
 */
const MAX_TOTAL_BYTES = 256 * 1024;

/**
 * The messages of a server before a login, one at a time, from a paused stream. Any program may answer, so each length
 * is checked before memory is reserved.
 */
export class MessageStream {
  readonly #stream: Duplex;
  readonly #stopSignal: AbortSignal;
  #bytes: Buffer = Buffer.alloc(0);
  #receivedBytes = 0;

  constructor(stream: Duplex, stopSignal: AbortSignal) {
    this.#stream = stream;
    this.#stopSignal = stopSignal;
  }

  /** @throws LoginFailure `cut`, `timeout`, `not-postgres`. */
  async nextMessage(): Promise<ServerMessage> {
    const header = await this.#peek(HEADER);
    const length = header.readUInt32BE(1);
    this.#receivedBytes += length;
    if (length < 4 || length > MAX_MESSAGE_BYTES || this.#receivedBytes > MAX_TOTAL_BYTES)
      throw new LoginFailure('not-postgres');
    const raw = (await this.#peek(1 + length)).subarray(0, 1 + length);
    this.#bytes = this.#bytes.subarray(raw.length);
    return { type: String.fromCharCode(raw[0]!), body: raw.subarray(HEADER), raw };
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

  async #peek(size: number): Promise<Buffer> {
    while (this.#bytes.length < size) {
      const chunk: Buffer | null = this.#stream.read();
      if (chunk === null) await this.#waitReadable();
      else this.#bytes = Buffer.concat([this.#bytes, chunk]);
    }
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
