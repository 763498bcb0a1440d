import { randomBytes, timingSafeEqual } from 'node:crypto';
import { LoginFailure } from '../../dial/login-failure.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { hmac, MAX_ITERATIONS, MIN_ITERATIONS, type ScramKeys, scramKeys } from './scram.ts';

export const MECHANISM = 'SCRAM-SHA-256';
/** The same, bound to the certificate of the server (RFC 5929, tls-server-end-point). */
export const MECHANISM_PLUS = 'SCRAM-SHA-256-PLUS';

/**
 * The gs2-cbind-flag of RFC 5802.
 *
 * - `bound`: the login is bound to these bytes.
 * - `possible`: the client can bind, but the server offered no binding. A server that did offer it then knows that an
 *   attacker removed the offer.
 * - `none`: there is no TLS, or its certificate has no hash.
 */
export type ChannelBinding =
  | { readonly kind: 'bound'; readonly data: Buffer }
  | { readonly kind: 'possible' }
  | { readonly kind: 'none' };

const GS2_HEADER: Readonly<Record<ChannelBinding['kind'], string>> = {
  bound: 'p=tls-server-end-point,,',
  possible: 'y,,',
  none: 'n,,',
};

/**
 * One SCRAM login (RFC 5802). The client proves the password without sending it. The server proves that it knows the
 * verifier.
 */
export class ScramClient {
  readonly #nonce = randomBytes(18).toString('base64');
  readonly #binding: ChannelBinding;
  #expectedSignature: Buffer | undefined;

  constructor(binding: ChannelBinding = { kind: 'none' }) {
    this.#binding = binding;
  }

  /** client-first-message. The server takes the role from the startup message, so the name here is empty. */
  clientFirst(): string {
    return `${GS2_HEADER[this.#binding.kind]}${this.#clientFirstBare}`;
  }

  /**
   * client-final-message, in answer to the server's first message.
   *
   * @throws LoginFailure: `not-postgres` if the answer is malformed, `weak-method` if it asks for too few rounds or too
   * many.
   */
  async clientFinal(password: Sensitive, serverFirst: string): Promise<string> {
    const [, nonce, salt, rounds] =
      /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9][0-9]{0,9})$/.exec(serverFirst) ?? [];
    if (!nonce?.startsWith(this.#nonce) || nonce === this.#nonce || salt === undefined)
      throw new LoginFailure('not-postgres');
    const iterations = Number(rounds);
    if (iterations < MIN_ITERATIONS) throw LoginFailure.weak('few-rounds');
    if (iterations > MAX_ITERATIONS) throw LoginFailure.weak('many-rounds');

    const keys = await scramKeys(password, Buffer.from(salt, 'base64'), iterations);
    const bare = `c=${this.#bindingInput.toString('base64')},r=${nonce}`;
    const exchange = `${this.#clientFirstBare},${serverFirst},${bare}`;
    this.#expectedSignature = hmac(keys.server, exchange);
    return `${bare},p=${clientProof(keys, exchange).toString('base64')}`;
  }

  /** Whether the server has proved that it knows the verifier. */
  isServerVerified(serverFinal: string): boolean {
    const [, signature] = /^v=([A-Za-z0-9+/]+={0,2})$/.exec(serverFinal) ?? [];
    const signatureBytes = Buffer.from(signature ?? '', 'base64');
    return (
      this.#expectedSignature?.length === signatureBytes.length &&
      timingSafeEqual(this.#expectedSignature, signatureBytes)
    );
  }

  /** cbind-input. */
  get #bindingInput(): Buffer {
    const header = Buffer.from(GS2_HEADER[this.#binding.kind]);
    return this.#binding.kind === 'bound' ? Buffer.concat([header, this.#binding.data]) : header;
  }

  get #clientFirstBare(): string {
    return `n=,r=${this.#nonce}`;
  }
}

function clientProof({ client, stored }: ScramKeys, exchange: string): Buffer {
  const signature = hmac(stored, exchange);
  return Buffer.from(client.map((byte, at) => byte ^ signature[at]!));
}
