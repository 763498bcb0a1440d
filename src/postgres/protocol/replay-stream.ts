import { Duplex } from 'node:stream';
import type { Connection } from './connect.ts';

/** Of one message, and of a whole session: rows of the catalogs are short and few, and what is read of a stranger lies in memory. Bytes. */
const LONGEST = 1024 * 1024;
const MOST = 4 * 1024 * 1024;
/** A row of no bytes is an object of hundreds: 32 MiB of those were 350 MB. */
const MOST_MESSAGES = 10_000;

/** AuthenticationOk */
const LET_IN = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);

/**
 * A connection that is logged in, as pg takes one that is not: it connects at once, takes a startup message for nothing, and says again how it was
 * greeted. So pg never has a password, asks no file for one, and reads no message that is longer than any should be.
 */
export class Replay extends Duplex {
  readonly #stream: Connection['stream'];
  readonly #greeting: Connection['greeting'];
  #isGreeted = false;
  /** Bytes until the next message begins, and those of its header that came. */
  #left = 0;
  #header = Buffer.alloc(0);
  #total = 0;
  #messages = 0;

  constructor({ stream, greeting }: Connection) {
    super();
    this.#stream = stream;
    this.#greeting = greeting;
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
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
    if (this.#isGreeted) {
      this.#stream.write(chunk, done);
      return;
    }
    this.#isGreeted = true;
    this.push(Buffer.concat([LET_IN, ...this.#greeting.messages]));
    done();
  }

  override _final(done: () => void): void {
    this.#stream.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stream.destroy();
    done(error);
  }

  #take(chunk: Buffer): void {
    if (!this.#isSound(chunk)) this.destroy();
    else if (!this.push(chunk)) this.#stream.pause();
  }

  /** Follows the messages through a chunk, and looks at each length. */
  #isSound(chunk: Buffer): boolean {
    this.#total += chunk.length;
    if (this.#total > MOST) return false;
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, chunk.length - at);
        this.#left -= skipped;
        at += skipped;
        continue;
      }
      const missing = 5 - this.#header.length;
      this.#header = Buffer.concat([this.#header, chunk.subarray(at, at + missing)]);
      at += missing;
      if (this.#header.length < 5) return true;
      const length = this.#header.readUInt32BE(1);
      this.#messages += 1;
      if (length < 4 || length > LONGEST || this.#messages > MOST_MESSAGES) return false;
      this.#left = length - 4;
      this.#header = Buffer.alloc(0);
    }
    return true;
  }
}
