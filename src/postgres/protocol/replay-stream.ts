import { Duplex } from 'node:stream';
import type { LoginConnection } from './connect.ts';

/**
 * The limit for one message, and for a whole session. Rows of the catalogs are short and few. Everything that an
 * unknown server sends stays in memory.
 */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_TOTAL_BYTES = 4 * 1024 * 1024;
/** A row without bytes takes hundreds of bytes as an object: 32 MiB of such rows took 350 MB. */
const MAX_MESSAGES = 10_000;

/** AuthenticationOk */
const AUTHENTICATION_OK = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);

/**
 * A logged-in connection that looks to pg like a new one. It connects at once, ignores the startup message, and replays
 * the greeting of the server. So pg never has a password, reads no password file, and gets no message above the limit.
 */
export class ReplayStream extends Duplex {
  readonly #stream: LoginConnection['stream'];
  readonly #startup: LoginConnection['startup'];
  #isReplayed = false;
  /** The bytes until the next message, and the part of its header that has arrived. */
  #bytesLeft = 0;
  #header = Buffer.alloc(0);
  #total = 0;
  #messages = 0;

  constructor({ stream, startup }: LoginConnection) {
    super();
    this.#stream = stream;
    this.#startup = startup;
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('end', () => this.push(null));
    stream.on('close', () => this.destroy());
    stream.on('error', () => this.destroy());
    stream.resume();
  }

  connect(): this {
    queueMicrotask(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    this.#stream.ref();
    return this;
  }

  unref(): this {
    this.#stream.unref();
    return this;
  }

  override _read(): void {
    this.#stream.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.#isReplayed) {
      this.#stream.write(chunk, done);
      return;
    }
    this.#isReplayed = true;
    this.push(Buffer.concat([AUTHENTICATION_OK, ...this.#startup.messages]));
    done();
  }

  override _final(done: () => void): void {
    this.#stream.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stream.destroy();
    done(error);
  }

  #receive(chunk: Buffer): void {
    if (!this.#isWithinLimits(chunk)) this.destroy();
    else if (!this.push(chunk)) this.#stream.pause();
  }

  /** Follows the messages through a chunk, and checks each length. */
  #isWithinLimits(chunk: Buffer): boolean {
    this.#total += chunk.length;
    if (this.#total > MAX_TOTAL_BYTES) return false;
    let at = 0;
    while (at < chunk.length) {
      if (this.#bytesLeft > 0) {
        const skipped = Math.min(this.#bytesLeft, chunk.length - at);
        this.#bytesLeft -= skipped;
        at += skipped;
        continue;
      }
      const missing = 5 - this.#header.length;
      this.#header = Buffer.concat([this.#header, chunk.subarray(at, at + missing)]);
      at += missing;
      if (this.#header.length < 5) return true;
      const length = this.#header.readUInt32BE(1);
      this.#messages += 1;
      if (length < 4 || length > MAX_MESSAGE_BYTES || this.#messages > MAX_MESSAGES) return false;
      this.#bytesLeft = length - 4;
      this.#header = Buffer.alloc(0);
    }
    return true;
  }
}
