import { createHash } from 'node:crypto';
import type { Credential } from '../engine/credential/credential.ts';
import type { Sensitive } from '../engine/sensitive.ts';
import { frame, saslInitial, startupMessage } from './frontend.ts';
import { LoginFailure } from './login-failure.ts';
import { md5OfPassword, passwordMessage } from './password.ts';
import { faultOf, type ServerError } from './refusal.ts';
import { MECHANISM, ScramClient } from './scram-client.ts';
import type { Message, Wire } from './wire.ts';

/** Who is at the other end: `proven` has shown a certificate that was verified, or is this machine itself. */
export type Trust = 'proven' | 'unproven';

export interface Greeting {
  /** Its messages from the first after AuthenticationOk up to ReadyForQuery, as they came. */
  readonly messages: readonly Buffer[];
  /** The server asked for the password; one that trusts everybody does not. */
  readonly asked: boolean;
}

/** A server of today reports 15 parameters. */
const MOST_MESSAGES = 1000;

/** Logs in on a wire that is open. @throws LoginFailure */
export async function handshake(
  wire: Wire,
  { role, password }: Credential,
  database: string,
  trust: Trust,
): Promise<Greeting> {
  wire.send(startupMessage({ user: role, database, application_name: 'lockstep', client_encoding: 'UTF8' }));
  const asked = await authenticate(wire, role, password, trust);
  const messages: Buffer[] = [];
  for (;;) {
    const message = await wire.next();
    if (message.type === 'E') throw refusal(message, asked);
    if (!'SKNZ'.includes(message.type)) throw new LoginFailure('not-postgres');
    if (messages.push(Buffer.from(message.raw)) > MOST_MESSAGES) throw new LoginFailure('not-postgres');
    if (message.type === 'Z') return { messages, asked };
  }
}

/** AuthenticationRequest codes of protocol-message-formats.html. */
const OK = 0;
const CLEARTEXT = 3;
const MD5 = 5;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;

/** Resolves once the server says that it is so: whether it asked for the password. */
async function authenticate(wire: Wire, role: string, password: Sensitive, trust: Trust): Promise<boolean> {
  const scram = new ScramClient();
  let state: 'unasked' | 'answered' | 'first' | 'final' | 'mutual' = 'unasked';
  for (;;) {
    const request = await nextRequest(wire);
    const code = request.readUInt32BE(0);
    const rest = request.subarray(4);
    // libpq sends none either: PostgreSQL keeps no empty password.
    if (code !== OK && password.isEmpty) throw new LoginFailure('password-refused');

    if (code === OK && state !== 'first' && state !== 'final') return state !== 'unasked';
    if (code === SASL && state === 'unasked') {
      if (!rest.toString('latin1').split('\0').includes(MECHANISM)) throw new LoginFailure('other-method');
      wire.send(saslInitial(MECHANISM, scram.first()));
      state = 'first';
    } else if (code === SASL_CONTINUE && state === 'first') {
      wire.send(frame('p', Buffer.from(await scram.final(password, rest.toString('latin1')))));
      state = 'final';
    } else if (code === SASL_FINAL && state === 'final') {
      if (!scram.isProven(rest.toString('latin1'))) throw new LoginFailure('not-postgres');
      state = 'mutual';
    } else if (code === MD5 && state === 'unasked' && rest.length === 4) {
      // Salted: whoever listens can guess at it, as at what SCRAM sends to a false server. Roles of old have no other verifier until they get a new one.
      wire.send(frame('p', Buffer.from(`md5${saltedMd5(md5OfPassword(password, role), rest)}\0`)));
      state = 'answered';
    } else if (code === CLEARTEXT && state === 'unasked' && trust === 'proven') {
      wire.send(frame('p', passwordMessage(password)));
      state = 'answered';
    } else {
      throw new LoginFailure(state === 'unasked' && code < 20 ? 'other-method' : 'not-postgres');
    }
  }
}

/** The body of the next AuthenticationRequest. */
async function nextRequest(wire: Wire): Promise<Buffer> {
  for (;;) {
    const message = await wire.next();
    if (message.type === 'R' && message.body.length >= 4) return message.body;
    if (message.type === 'E') throw refusal(message, false);
    // A notice, or the protocol version that a server would rather speak: we ask for the oldest.
    if (message.type !== 'N' && message.type !== 'v') throw new LoginFailure('not-postgres');
  }
}

function refusal({ body }: Message, proven: boolean): LoginFailure {
  const error = readError(body);
  return error === undefined
    ? new LoginFailure('not-postgres')
    : new LoginFailure(faultOf(error), error.sqlstate, proven);
}

/** Fields of an ErrorResponse; undefined where it is none. */
function readError(body: Buffer): ServerError | undefined {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .map((field) => [field[0], field.slice(1)] as const),
  );
  const sqlstate = fields.get('C') ?? '';
  return /^[0-9A-Z]{5}$/.test(sqlstate)
    ? { sqlstate, message: fields.get('M') ?? '', routine: fields.get('R') }
    : undefined;
}

const saltedMd5 = (digest: string, salt: Buffer): string =>
  createHash('md5').update(digest).update(salt).digest('hex');
