import { createHash } from 'node:crypto';
import { LoginFailure } from '../dial/login-failure.ts';
import { roleNotAllowed } from '../engine/login/change/allowed-roles.ts';
import type {
  PasswordChange,
  RedisFacts,
  SaveResult,
  UserFacts,
  UserServer,
} from '../engine/login/redis/user-server.ts';
import { REDIS } from '../engine/login/server-kinds/redis.ts';
import type { Credential } from '../engine/secret/record/credential.ts';
import type { Sensitive } from '../engine/secret/sensitive.ts';
import { LockstepError } from '../errors/errors.ts';
import { type Address, CommandFailure, type ConnectOptions, type Reply, secretWord } from './client.ts';
import { type LoggedIn, openClient } from './login.ts';

export interface UserServerOptions extends ConnectOptions {
  /** The users that this connection may change. */
  readonly mayChange: readonly string[];
  /** Names a user in messages. Default: `user NAME`. */
  readonly describeUser?: ((name: string) => string) | undefined;
  /** `host:port`, for messages. */
  readonly server?: string | undefined;
}

/**
 * Logs in, and manages users. `timeout` applies to the login and to each command.
 *
 * @throws LoginFailure, CommandFailure, or the reason of `signal` if it was aborted.
 */
export async function openUserServer(
  address: Address,
  credential: Credential,
  options: UserServerOptions,
): Promise<UserServer & AsyncDisposable> {
  const { mayChange, describeUser = (name) => `user ${name}` } = options;
  const client = await openClient(address, credential, options);
  const session = { client, server: options.server ?? `${address.host}:${address.port}`, describeUser };
  return {
    facts: () => readFacts(session),
    user: (name, known) => readUser(session, name, known),
    changePasswords: async (name, change) => {
      if (!mayChange.includes(name))
        throw new LockstepError('REDIS_REFUSED', [session.server, roleNotAllowed(describeUser(name), REDIS)]);
      await changePasswords(session, name, change);
    },
    save: () => saveUsers(session),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

interface Session {
  readonly client: LoggedIn;
  readonly server: string;
  readonly describeUser: (name: string) => string;
}

async function readFacts({ client, server }: Session): Promise<RedisFacts> {
  const action = 'asking which server it is';
  const replicas = await infoField(client, 'replication', 'connected_slaves', { server, action });
  return {
    mode: client.mode === 'cluster' ? 'cluster' : 'standalone',
    isReplica: client.isReplica,
    replicas: replicas === undefined ? undefined : Number(replicas),
    runId: await infoField(client, 'server', 'run_id', { server, action }),
  };
}

async function readUser(
  session: Session,
  name: string,
  known: readonly Sensitive[],
): Promise<UserFacts | 'hidden' | undefined> {
  let user: UserDescription | undefined;
  try {
    user = await describedUser(session, name);
  } catch (error) {
    if (error instanceof LockstepError && error.cause instanceof CommandFailure) return 'hidden';
    throw error;
  }
  if (user === undefined) return undefined;
  const has = known.map((password) => user.hashes.has(hashOf(password)));
  const hits = new Set(known.map(hashOf).filter((hash) => user.hashes.has(hash)));
  return {
    isOn: user.flags.has('on'),
    isOpen: user.flags.has('nopass'),
    has,
    others: user.hashes.size - hits.size,
  };
}

/** The change of one ACL SETUSER, which the server makes as a whole. It gets no password, but SHA-256 hashes. */
async function changePasswords(session: Session, name: string, change: PasswordChange): Promise<void> {
  const { client, server, describeUser } = session;
  const action = `changing the password of ${describeUser(name)}`;
  const user = await describedUser(session, name);
  // ACL SETUSER would make the user, or make the server ask for a password that no client has.
  if (user === undefined || user.flags.has('nopass')) {
    const reason =
      user === undefined
        ? `there is no ${describeUser(name)}`
        : `${describeUser(name)} needs no password (nopass)`;
    throw new LockstepError('REDIS_REFUSED', [server, reason]);
  }
  const kept = hashOf(change.keep);
  const rules =
    change.remove === 'all others'
      ? ['resetpass']
      : change.remove
          .map(hashOf)
          .filter((hash) => hash !== kept && user.hashes.has(hash))
          .map((hash) => `!${hash}`);
  await client
    .send('ACL', 'SETUSER', name, ...[...rules, `#${kept}`].map(secretWord))
    .catch((error: unknown) => {
      // A hash is well formed. So another client removed the password in between.
      if (error instanceof CommandFailure && error.code === 'ERR')
        throw new LockstepError('REDIS_CONCURRENT_CHANGE', [server, action], error);
      throw redisError(error, { server, action });
    });
}

/** The server has its users in an ACL file or in its configuration file, and writes only the one that it has. */
async function saveUsers({ client, server }: Session): Promise<SaveResult> {
  const context = { server, action: 'saving its users' };
  const setting = await ifAllowed(client.send('CONFIG', 'GET', 'aclfile'), context);
  const aclFile = Array.isArray(setting) ? setting[1] : undefined;
  const command = aclFile === '' ? (['CONFIG', 'REWRITE'] as const) : (['ACL', 'SAVE'] as const);
  if ((await ifAllowed(client.send(command[0], command[1]), context)) !== undefined) return 'saved';
  return aclFile === '' || aclFile === undefined ? 'not-saved' : 'foreign-file';
}

/** The flags of a user, and its passwords as SHA-256 in hexadecimal. */
interface UserDescription {
  readonly flags: ReadonlySet<Reply>;
  readonly hashes: ReadonlySet<Reply>;
}

async function describedUser(
  { client, server, describeUser }: Session,
  name: string,
): Promise<UserDescription | undefined> {
  const context = { server, action: `reading ${describeUser(name)}` };
  const reply = await client.send('ACL', 'GETUSER', name).catch((error) => {
    throw redisError(error, context);
  });
  if (reply === null) return undefined;
  const [flags, hashes] = ['flags', 'passwords'].map((field) => {
    const at = Array.isArray(reply) ? reply.indexOf(field) : -1;
    const value: Reply | undefined = at < 0 ? undefined : (reply as readonly Reply[])[at + 1];
    if (!Array.isArray(value)) throw redisError(new LoginFailure('not-redis'), context);
    return new Set<Reply>(value);
  });
  return { flags: flags!, hashes: hashes! };
}

/** Redis stores this hash. It has no salt, so the password must be random. */
const hashOf = (password: Sensitive): string =>
  createHash('sha256').update(Buffer.from(password.reveal(), 'base64')).digest('hex');

/** Undefined if this user may not ask. */
async function infoField(
  client: LoggedIn,
  section: string,
  field: string,
  context: CommandContext,
): Promise<string | undefined> {
  const text = await ifAllowed(client.send('INFO', section), context);
  const line =
    typeof text === 'string' ? text.split('\r\n').find((each) => each.startsWith(`${field}:`)) : undefined;
  return line?.slice(field.length + 1);
}

async function ifAllowed(reply: Promise<Reply>, context: CommandContext): Promise<Reply | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof CommandFailure) return undefined;
    throw redisError(error, context);
  }
}

interface CommandContext {
  /** `host:port`. */
  readonly server: string;
  /** Completes "while …". */
  readonly action: string;
}

/** The LockstepError for a failed command. If the server has answered, nothing has changed. */
function redisError(error: unknown, { server, action }: CommandContext): LockstepError {
  if (error instanceof LoginFailure)
    return new LockstepError('REDIS_CONNECTION_FAILURE', [server, action, error.fault], error);
  if (!(error instanceof CommandFailure)) throw error;
  const reason = error.code === 'NOPERM' ? 'the user that is logged in may not do that' : 'its log says why';
  return new LockstepError('REDIS_REFUSED', [server, `while ${action}: ${reason} (${error.code})`], error);
}
