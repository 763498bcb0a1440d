import type { LoginRecord } from '../../secret/record/login-record.ts';
import type { CredentialSpec } from '../credential-schema/compile.ts';
import { messageSentence } from '../result/login-messages.ts';
import { isPasswordCorrect, isUnproven, type LoginResult } from '../result/login-result.ts';
import type { ServerTarget } from '../server/target.ts';
import { defaultAccountOf, serverKindOf } from '../server-kinds/kinds.ts';
import { possibleRoles } from '../server-kinds/login-roles.ts';

export interface NamedLogin {
  readonly spec: Pick<CredentialSpec, 'keys' | 'server' | 'allowedRoles'>;
  readonly login: LoginRecord;
  readonly target: ServerTarget;
}

/** The labels of roles and servers in messages. */
export interface LoginLabels {
  /** `db:5432` */
  readonly server: string;
  /** `role app` */
  readonly roleLabel: (role: string) => string;
  readonly sentence: (role: string, verdict: LoginResult) => string;
  /** The same for the login of the administrator. */
  readonly adminSentence: (role: string, verdict: LoginResult) => string;
}

/**
 * A message names a role only if a server has accepted it, or if the ServerCredential names it. It names a server
 * only if a login was proven there, or if the ServerCredential names it. It never names a database.
 *
 * A Secret may hold the password under the wrong key, and more people read messages than Secrets.
 */
export function loginLabels({ spec, login, target }: NamedLogin): LoginLabels {
  const known = knownRoles(spec, login);
  const { account, message: messageOf } = serverKindOf(spec.keys);
  const mayNameServer = spec.server.host !== undefined || isProvenAt(login, target);
  const server = mayNameServer ? undefined : 'the address in the Secret';
  const database = 'the database that the Secret names';
  const called = (role: string): string =>
    known.has(role) || role === defaultAccountOf(spec.keys)
      ? `${account} ${role}`
      : `the ${account} under ${spec.keys.user}`;
  const message = (role: string, result: LoginResult, instead: string): string =>
    messageSentence(messageOf(result, { ...target, role, instead: { server, role: instead, database } }));
  return {
    server: server ?? `${target.host}:${target.port}`,
    roleLabel: called,
    sentence: (role, result) => {
      const isAccepted = isPasswordCorrect(result) && !isUnproven(result);
      return message(role, result, isAccepted ? `${account} ${role}` : called(role));
    },
    adminSentence: (role, result) => message(role, result, `the ${account} of adminSecretName`),
  };
}

function knownRoles(
  { allowedRoles = [] }: Pick<CredentialSpec, 'allowedRoles'>,
  { current, previous, owner }: LoginRecord,
): ReadonlySet<string> {
  const known = new Set(allowedRoles);
  for (const one of [current, previous]) if (one !== undefined) known.add(one.role);
  // The owner is the role of a proven login, or a role that such a login may become.
  if (current !== undefined) for (const role of possibleRoles(owner)) known.add(role);
  return known;
}

/** `at` begins with the server of the proven login: see proven-server.ts. */
const isProvenAt = ({ at }: LoginRecord, { host, port }: ServerTarget): boolean =>
  at?.startsWith(`${host}:${port} `) === true;
