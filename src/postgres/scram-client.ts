import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Sensitive } from '../engine/sensitive.ts';
import { LoginFailure } from './login-failure.ts';
import { hmac, type ScramKeys, scramKeys } from './scram.ts';

export const MECHANISM = 'SCRAM-SHA-256';

/** `n,,`: channel binding is not spoken here, as in most drivers. */
const GS2 = 'n,,';

/** Half a second of one core. A server that asks for more wants something else. */
const MOST_ITERATIONS = 1_000_000;

/** One login by SCRAM (RFC 5802). The password is proven and never sent; the server proves that it knows the verifier. */
export class ScramClient {
  readonly #nonce = randomBytes(18).toString('base64');
  #expected: Buffer | undefined;

  /** client-first-message. The server takes the role from the startup message, and no name from here. */
  first(): string {
    return `${GS2}${this.#bare}`;
  }

  /**
   * client-final-message, in answer to the server's first.
   *
   * @throws LoginFailure `not-postgres` where the answer is none, `other-method` where it asks for too much.
   */
  async final(password: Sensitive, serverFirst: string): Promise<string> {
    const [, nonce, salt, rounds] =
      /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9][0-9]{0,9})$/.exec(serverFirst) ?? [];
    if (!nonce?.startsWith(this.#nonce) || nonce === this.#nonce || salt === undefined)
      throw new LoginFailure('not-postgres');
    const iterations = Number(rounds);
    if (iterations > MOST_ITERATIONS) throw new LoginFailure('other-method');

    const keys = await scramKeys(password, Buffer.from(salt, 'base64'), iterations);
    const bare = `c=${Buffer.from(GS2).toString('base64')},r=${nonce}`;
    const exchange = `${this.#bare},${serverFirst},${bare}`;
    this.#expected = hmac(keys.server, exchange);
    return `${bare},p=${proof(keys, exchange).toString('base64')}`;
  }

  /** Whether the server has shown that it knows the verifier. */
  isProven(serverFinal: string): boolean {
    const [, signature] = /^v=([A-Za-z0-9+/]+={0,2})$/.exec(serverFinal) ?? [];
    const given = Buffer.from(signature ?? '', 'base64');
    return this.#expected?.length === given.length && timingSafeEqual(this.#expected, given);
  }

  get #bare(): string {
    return `n=,r=${this.#nonce}`;
  }
}

function proof({ client, stored }: ScramKeys, exchange: string): Buffer {
  const signature = hmac(stored, exchange);
  return Buffer.from(client.map((byte, at) => byte ^ signature[at]!));
}
