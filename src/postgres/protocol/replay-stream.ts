import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { AnswerGuard } from './answer-guard.ts';
import { encodeMessage, MessageStream } from './wire.ts';

/** All that a server may send in a session. A session reads some kilobytes of the catalogs. */
const SESSION_LIMITS = { bytes: 1024 * 1024, messages: 10_000 };

/** AuthenticationOk and ReadyForQuery. */
const GREETING = Buffer.concat([encodeMessage('R', Buffer.alloc(4)), encodeMessage('Z', Buffer.from('I'))]);

/**
 * A logged-in connection that looks to pg like a new one. It connects at once, ignores the startup message, and answers
 * with a greeting of its own. So pg never has a password and reads no password file. After that, pg gets the whole
 * messages that `guard` admits. The first other message ends the connection.
 */
export class ReplayStream extends Duplex {
  readonly #stream: Socket;
  readonly #guard: AnswerGuard;
  readonly #wire: MessageStream;
  #isGreeted = false;

  /** `stopSignal` ends the session as a timeout. */
  constructor(stream: Socket, guard: AnswerGuard, stopSignal: AbortSignal) {
    super();
    this.#stream = stream;
    this.#guard = guard;
    this.#wire = new MessageStream(stream, stopSignal, SESSION_LIMITS);
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

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.#isGreeted) {
      this.#stream.write(chunk, done);
      return;
    }
    this.#isGreeted = true;
    this.push(GREETING);
    void this.#receive();
    done();
  }

  override _final(done: () => void): void {
    this.#stream.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stream.destroy();
    done(error);
  }

  /** The limits of the session bound what waits here for pg. */
  async #receive(): Promise<void> {
    try {
      for (;;) {
        const message = await this.#wire.nextMessage((type) => this.#guard.maxBytes(type));
        if (this.#guard.admits(message)) this.push(message.raw);
      }
    } catch (error) {
      this.destroy(error as Error);
    }
  }
}
