import { LoginFailure } from '../dial/login-failure.ts';

/** `ACL GETUSER` of a user with a thousand rules has less, and so has `INFO server`. */
const MAX_REPLY_BYTES = 64 * 1024;
const MAX_ITEMS = 1000;
/** `ACL GETUSER` has selectors in its array, and rules in a selector. */
const MAX_DEPTH = 4;

/** A header of RESP 2. */
const LINE = /^(?:[+-][^\r\n]*|:[+-]?\d{1,19}|[$*](?:-1|\d{1,5}))\r\n$/;
const TYPE = /^[-+:$*]/;

/** The first byte of an alert: the server waits for a TLS handshake. */
const TLS_ALERT = 0x15;

/**
 * Checks the bytes of a server before ioredis reads them. Its decoder reserves memory for as many items as a header
 * announces, and follows arrays to any depth. So it gets whole and short replies alone, one for each command.
 */
export class ReplyGuard {
  #bytesLeft = 0;
  #chunks: Buffer[] = [];
  /** The values to come: of the reply, of an array in it, and so on. Empty if no reply is expected. */
  #open: number[] = [];
  /** The rest of a string, with its CRLF. */
  #stringLeft = 0;
  /** The begin of a header whose end has not come. */
  #line = '';

  /** Called before a command is sent. */
  expect(): void {
    this.#bytesLeft = MAX_REPLY_BYTES;
    this.#open = [1];
  }

  /**
   * Returns the reply after its last byte.
   *
   * @throws LoginFailure `not-redis` if the server must not send this; `tls` if it is an alert.
   */
  take(chunk: Buffer): Buffer | undefined {
    if (this.#line === '' && chunk[0] === TLS_ALERT) throw LoginFailure.tls('wanted');
    this.#bytesLeft -= chunk.length;
    if (this.#bytesLeft < 0) throw new LoginFailure('not-redis');
    for (let at = 0; at < chunk.length; ) at = this.#checkNext(chunk, at);
    this.#chunks.push(chunk);
    return this.#open.length === 0 ? Buffer.concat(this.#chunks.splice(0)) : undefined;
  }

  /** Returns the place after the part that it has read. */
  #checkNext(chunk: Buffer, at: number): number {
    if (this.#open.length === 0) throw new LoginFailure('not-redis');
    if (this.#stringLeft > 0) {
      const length = Math.min(this.#stringLeft, chunk.length - at);
      this.#stringLeft -= length;
      if (this.#stringLeft === 0) this.#endValue();
      return at + length;
    }
    const end = chunk.indexOf('\n', at) + 1 || chunk.length;
    this.#line += chunk.toString('latin1', at, end);
    if (!TYPE.test(this.#line)) throw new LoginFailure('not-redis');
    if (chunk[end - 1] === 0x0a) this.#endLine();
    return end;
  }

  #endLine(): void {
    const line = this.#line;
    this.#line = '';
    if (!LINE.test(line)) throw new LoginFailure('not-redis');
    const size = Number(line.slice(1));
    if (line.startsWith('$') && size >= 0) {
      this.#stringLeft = size + 2;
    } else if (line.startsWith('*') && size > 0) {
      if (size > MAX_ITEMS || this.#open.length > MAX_DEPTH) throw new LoginFailure('not-redis');
      this.#open.push(size);
    } else {
      this.#endValue();
    }
  }

  /** The last value of an array ends the array, which is a value too. */
  #endValue(): void {
    for (let last = this.#open.length - 1; last >= 0; last -= 1) {
      this.#open[last]! -= 1;
      if (this.#open[last]! > 0) return;
      this.#open.pop();
    }
  }
}
