import { createHash } from 'node:crypto';
import { LoginFailure } from '../../dial/login-failure.ts';
import type { WeakMethod } from '../../engine/login/result/login-result.ts';
import type { AuthMethod, ServerTarget } from '../../engine/login/server/target.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import { loginFaultOf, parseErrorResponse } from './error-response.ts';
import { md5OfPassword, passwordMessage } from './password.ts';
import { type ChannelBinding, MECHANISM, MECHANISM_PLUS, ScramClient } from './scram-client.ts';
import {
  encodeMessage,
  type MessageStream,
  type ServerMessage,
  saslInitialResponse,
  startupMessage,
} from './wire.ts';

/** The server at the other end. */
export interface Peer {
  /** True if its certificate was verified, or if it is this machine. */
  readonly isVerified: boolean;
  /** The data to which SCRAM is bound. Undefined if there is none. */
  readonly binding?: Buffer | undefined;
}

/**
 * Logs in on an open connection. Resolves at the first ReadyForQuery with the method that proved the password.
 * Undefined if the server did not ask for it, and trusts each client.
 *
 * @throws LoginFailure
 */
export async function handshake(
  wire: MessageStream,
  credential: Credential,
  { database, auth }: Pick<ServerTarget, 'database' | 'auth'>,
  peer: Peer,
): Promise<AuthMethod | undefined> {
  const { role: user } = credential;
  wire.send(startupMessage({ user, database, application_name: 'lockstep', client_encoding: 'UTF8' }));
  const authMethod = await authenticate(wire, credential, auth, peer);
  for (;;) {
    const message = await wire.nextMessage();
    if (message.type === 'E') throw loginFailureOf(message, authMethod !== undefined);
    // Parameters, the key for a cancellation, and notices. Nothing reads them.
    if (!'SKNZ'.includes(message.type)) throw new LoginFailure('not-postgres');
    if (message.type === 'Z') return authMethod;
  }
}

/** AuthenticationRequest codes of protocol-message-formats.html. */
const OK = 0;
const CLEARTEXT = 3;
const MD5 = 5;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;

/**
 * Resolves at AuthenticationOk with the method that proved the password. Undefined if the server did not ask for it.
 */
async function authenticate(
  wire: MessageStream,
  { role, password }: Credential,
  auth: ServerTarget['auth'],
  peer: Peer,
): Promise<AuthMethod | undefined> {
  let scram: ScramClient | undefined;
  let authMethod: AuthMethod | undefined;
  let state: 'unasked' | 'answered' | 'first' | 'final' | 'mutual' = 'unasked';
  const accept = (method: AuthMethod): void => {
    if (!isAllowedMethod(method, auth)) throw LoginFailure.weak(weakMethodOf(method, auth), auth?.because);
    authMethod = method;
  };
  for (;;) {
    const request = await nextRequest(wire);
    const code = request.readUInt32BE(0);
    const payload = request.subarray(4);
    // libpq sends none either, because PostgreSQL stores no empty password.
    if (code !== OK && password.isEmpty) throw new LoginFailure('password-refused');

    if (code === OK && state !== 'first' && state !== 'final') return authMethod;
    if (code === SASL && state === 'unasked') {
      const { mechanism, binding } = chooseMechanism(payload, peer);
      accept(mechanism === MECHANISM_PLUS ? 'scram-sha-256-plus' : 'scram-sha-256');
      scram = new ScramClient(binding);
      wire.send(saslInitialResponse(mechanism, scram.clientFirst()));
      state = 'first';
    } else if (code === SASL_CONTINUE && state === 'first' && scram !== undefined) {
      wire.send(
        encodeMessage('p', Buffer.from(await scram.clientFinal(password, payload.toString('latin1')))),
      );
      state = 'final';
    } else if (code === SASL_FINAL && state === 'final' && scram !== undefined) {
      if (!scram.isServerVerified(payload.toString('latin1'))) throw new LoginFailure('not-postgres');
      state = 'mutual';
    } else if (code === MD5 && state === 'unasked' && payload.length === 4) {
      accept('md5');
      // The answer is salted, so an eavesdropper can only guess at the password, as with SCRAM and a false server. Old
      // roles have no other verifier until they get a new password.
      wire.send(encodeMessage('p', Buffer.from(`md5${saltedMd5(md5OfPassword(password, role), payload)}\0`)));
      state = 'answered';
    } else if (code === CLEARTEXT && state === 'unasked' && (peer.isVerified || auth !== undefined)) {
      accept('password');
      if (!peer.isVerified) throw new LoginFailure('other-method');
      wire.send(encodeMessage('p', passwordMessage(password)));
      state = 'answered';
    } else {
      throw new LoginFailure(state === 'unasked' && code < 20 ? 'other-method' : 'not-postgres');
    }
  }
}

/** A policy that accepts SCRAM also accepts SCRAM bound to the certificate. */
function isAllowedMethod(method: AuthMethod, auth: ServerTarget['auth']): boolean {
  if (auth === undefined || auth.accepts.includes(method)) return true;
  return method === 'scram-sha-256-plus' && auth.accepts.includes('scram-sha-256');
}

function weakMethodOf(method: AuthMethod, auth: ServerTarget['auth']): WeakMethod['asked'] {
  if (method === 'md5' || method === 'password') return method;
  return auth?.accepts.includes('scram-sha-256-plus') === true ? 'unbound' : 'scram-sha-256';
}

/** The strongest mechanism that the server offers. */
function chooseMechanism(
  offer: Buffer,
  { binding }: Peer,
): { readonly mechanism: string; readonly binding: ChannelBinding } {
  const offered = offer.toString('latin1').split('\0');
  if (binding !== undefined && offered.includes(MECHANISM_PLUS))
    return { mechanism: MECHANISM_PLUS, binding: { kind: 'bound', data: binding } };
  if (!offered.includes(MECHANISM)) throw new LoginFailure('other-method');
  return { mechanism: MECHANISM, binding: { kind: binding === undefined ? 'none' : 'possible' } };
}

/** The body of the next AuthenticationRequest. */
async function nextRequest(wire: MessageStream): Promise<Buffer> {
  for (;;) {
    const message = await wire.nextMessage();
    if (message.type === 'R' && message.body.length >= 4) return message.body;
    if (message.type === 'E') throw loginFailureOf(message, false);
    // A notice, or a proposal of another protocol version. lockstep asks for the oldest one.
    if (message.type !== 'N' && message.type !== 'v') throw new LoginFailure('not-postgres');
  }
}

function loginFailureOf({ body }: ServerMessage, isAuthenticated: boolean): LoginFailure {
  const error = parseErrorResponse(body);
  if (error === undefined) return new LoginFailure('not-postgres');
  const fault = loginFaultOf(error);
  // PgBouncer requires TLS. PostgreSQL mentions TLS only if SCRAM is bound to it.
  const tlsFault = fault !== 'tls' ? undefined : error.sqlstate === '28000' ? 'intercepted' : 'wanted';
  return new LoginFailure(fault, error.sqlstate, isAuthenticated, tlsFault);
}

const saltedMd5 = (digest: string, salt: Buffer): string =>
  createHash('md5').update(digest).update(salt).digest('hex');
