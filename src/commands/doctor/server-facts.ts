import type { SecretFacts } from '../../engine/credential/diagnosis/diagnosis.ts';
import type { LoginFacts } from '../../engine/credential/diagnosis/login-evidence.ts';
import { secretLogins } from '../../engine/credential/diagnosis/secret-logins.ts';
import type { CredentialSpec } from '../../engine/credential/spec/compile.ts';
import { adminCredentialIn } from '../../engine/login/admin-in-secret.ts';
import { caInSecret } from '../../engine/login/ca-in-secret.ts';
import { reachedFrom } from '../../engine/login/login-in-secret.ts';
import { verdictSentence } from '../../engine/login/login-messages.ts';
import { isPasswordRight } from '../../engine/login/login-result.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import type { Credential } from '../../engine/record/credential.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { ServerTarget } from '../../engine/server/target.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readSecret } from '../../kube/secrets/stored-secrets.ts';
import { hbaOrTls } from '../../postgres/protocol/hba-refusal.ts';
import { tryLogin, verdictOf } from '../../postgres/protocol/login.ts';
import { LoginFailure } from '../../postgres/protocol/login-failure.ts';
import { openRoleServer } from '../../postgres/roles/role-server.ts';
import { examineLogin } from './login-facts.ts';

/** What is known of the Secret by then. */
export interface Known {
  readonly secret: Secret;
  readonly spec: CredentialSpec | undefined;
  readonly policies: readonly Policy[];
  readonly record: SecretRecord | undefined;
  /** Keys that lockstep would change by itself if it were written anew. */
  readonly mends: readonly string[];
}

export interface ServerLook {
  /** A Secret beside it with the login of an administrator; the PostgresCredential may name one. */
  readonly adminSecret?: string | undefined;
  /** What one connection may take. Milliseconds. */
  readonly connectTimeout: number;
}

/** The keys that a PostgresCredential means where it names none. */
const USUAL = {
  keys: { user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD', database: 'POSTGRES_DB' },
  server: {},
} as const;

/** Each login in the Secret, tried from here. */
export async function lookAtServer(
  cluster: Cluster,
  known: Known,
  { adminSecret, connectTimeout: timeout }: ServerLook,
): Promise<Pick<SecretFacts, 'logins' | 'loginFault' | 'adminRole' | 'adminFault'>> {
  const { secret, spec } = known;
  const ca = await helper(cluster, secret, spec?.server.tls?.caSecretName, caInSecret);
  const admin = await helper(cluster, secret, adminSecret ?? spec?.adminSecretName, adminCredentialIn);
  const { logins, fault } = secretLogins({ ...known, spec: spec ?? USUAL, ca: ca.found?.ca });
  const needs = {
    tryLogin: async (target: ServerTarget, credential: Credential) => {
      const verdict = await tryLogin(target, credential, { timeout });
      return verdict.kind === 'pg-hba' ? await hbaOrTls(target, credential.role, { timeout }) : verdict;
    },
    openAdmin: admin.found && adminDoor(secret.namespace, spec?.server, admin.found, timeout),
  };
  const facts: LoginFacts[] = [];
  let adminFault = admin.fault;
  for (const login of logins) {
    const examined = await examineLogin(login, needs);
    facts.push(examined.facts);
    adminFault ??= examined.adminFault;
  }
  const loginFault = spec === undefined ? undefined : (fault ?? ca.fault);
  return { logins: facts, loginFault, adminRole: admin.found?.role, adminFault };
}

/** If a PostgresCredential names the server, the login of an administrator goes there alone: the Secret may name another one, or its URL. */
export function adminDoor(
  namespace: string,
  named: CredentialSpec['server'] | undefined,
  admin: Credential,
  timeout: number,
): (target: ServerTarget) => ReturnType<typeof openAdmin> {
  return async (target) => {
    const { host, port = 5432 } = named ?? {};
    const isThere =
      host === undefined || (target.host === reachedFrom(namespace, host) && target.port === port);
    if (isThere) return openAdmin(target, admin, timeout);
    throw new LockstepError('POSTGRES_LOGIN', [
      `the login of the administrator is sent to ${host}:${port} alone, which spec.server names`,
    ]);
  };
}

/** Every server has this database, unless somebody has dropped it. */
const MAINTENANCE = 'postgres';

/** Of roles it does not matter to which database one is connected. Rejects with a LockstepError. */
async function openAdmin(target: ServerTarget, admin: Credential, timeout: number) {
  const options = { as: 'admin', mayChange: [], timeout } as const;
  try {
    return await openRoleServer({ ...target, database: MAINTENANCE }, admin, options);
  } catch (error) {
    if (!(error instanceof LoginFailure)) throw error;
    const { fault } = error;
    if (isPasswordRight({ kind: fault })) return openRoleServer(target, admin, options);
    throw new LockstepError('POSTGRES_LOGIN', [
      verdictSentence(verdictOf(error), { ...target, role: admin.role }),
    ]);
  }
}

interface Helper<Fact> {
  readonly found: Fact | undefined;
  /** Why it is not known, though it has a name. */
  readonly fault: string | undefined;
}

/** What another Secret beside it holds. */
async function helper<Fact extends object>(
  cluster: Cluster,
  { namespace }: Secret,
  name: string | undefined,
  readFrom: (secret: Secret) => Fact | { readonly fault: string },
): Promise<Helper<Fact>> {
  if (name === undefined) return { found: undefined, fault: undefined };
  try {
    const held = await readSecret(cluster, { namespace, name });
    if (held === undefined) return { found: undefined, fault: `there is no Secret ${namespace}/${name}` };
    const read = readFrom(held.secret);
    return 'fault' in read
      ? { found: undefined, fault: `Secret ${namespace}/${name}: ${read.fault}` }
      : { found: read, fault: undefined };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return { found: undefined, fault: error.message };
  }
}
