import type { SecretFacts } from '../../engine/credential/diagnosis/diagnosis.ts';
import type { LoginEvidence } from '../../engine/credential/diagnosis/login-evidence.ts';
import { secretLogins } from '../../engine/credential/diagnosis/secret-logins.ts';
import type { CredentialSpec } from '../../engine/credential/spec/compile.ts';
import { adminCredentialIn } from '../../engine/login/admin-in-secret.ts';
import { caInSecret } from '../../engine/login/ca-in-secret.ts';
import { hostFromNamespace } from '../../engine/login/login-in-secret.ts';
import { isRefused } from '../../engine/login/login-result.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import type { Credential } from '../../engine/record/credential.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { ServerTarget } from '../../engine/server/target.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readSecret } from '../../kube/secrets/stored-secrets.ts';
import { explainHbaRefusal } from '../../postgres/protocol/hba-refusal.ts';
import { tryLogin } from '../../postgres/protocol/login.ts';
import { openAdmin } from '../login-attempts/open-admin.ts';
import { type ExaminedLogin, examineLogin } from './login-facts.ts';
import { type ManagedFacts, managedLoginOf } from './managed-facts.ts';

/** Facts about the Secret that earlier checks found. */
export interface SecretContext {
  readonly secret: Secret;
  readonly spec: CredentialSpec | undefined;
  readonly policies: readonly Policy[];
  readonly record: SecretRecord | undefined;
  /** Keys that lockstep would change automatically at the next write. */
  readonly correctedKeys: readonly string[];
  /** Undefined without a usable PostgresCredential. */
  readonly managed: ManagedFacts | undefined;
}

export interface ServerCheckOptions {
  /** Another Secret with the login of an administrator. The PostgresCredential may name one. */
  readonly adminSecret?: string | undefined;
  /** The limit of one connection, in milliseconds. */
  readonly connectTimeout: number;
}

/** The default keys of a PostgresCredential. */
const DEFAULT_SPEC = {
  keys: { user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD', database: 'POSTGRES_DB' },
  server: {},
  strategy: 'SingleUser',
} as const;

/** Tries each login in the Secret from this machine. */
export async function checkServer(
  cluster: Cluster,
  secretContext: SecretContext,
  { adminSecret, connectTimeout: timeout }: ServerCheckOptions,
): Promise<Pick<SecretFacts, 'logins' | 'loginFault' | 'adminRole' | 'adminFault'>> {
  const { secret, spec } = secretContext;
  const ca = await readReferencedSecret(cluster, secret, spec?.server.tls?.caSecretName, caInSecret);
  const admin = await readReferencedSecret(
    cluster,
    secret,
    adminSecret ?? spec?.adminSecretName,
    adminCredentialIn,
  );
  const { logins, fault } = secretLogins({ ...secretContext, spec: spec ?? DEFAULT_SPEC, ca: ca.fact?.ca });
  const needs = {
    tryLogin: async (target: ServerTarget, credential: Credential) => {
      const loginResult = await tryLogin(target, credential, { timeout });
      return loginResult.kind === 'pg-hba'
        ? await explainHbaRefusal(target, credential.role, { timeout })
        : loginResult;
    },
    openAdmin: admin.fact && adminConnector(secret.namespace, spec?.server, admin.fact, timeout),
  };
  const facts: LoginEvidence[] = [];
  let adminFault = admin.fault;
  for (const login of logins) {
    const examined = await examineLogin(login, needs);
    facts.push(withManaged(examined, secretContext));
    adminFault ??= examined.adminFault;
  }
  const loginFault = spec === undefined ? undefined : (fault ?? ca.fault);
  return { logins: facts, loginFault, adminRole: admin.fact?.role, adminFault };
}

const withManaged = (
  { facts, workingCredential }: ExaminedLogin,
  { managed }: SecretContext,
): LoginEvidence =>
  managed !== undefined && facts.isSpecified && isRefused(facts.result)
    ? { ...facts, managed: managedLoginOf(facts, workingCredential, managed) }
    : facts;

/**
 * If a PostgresCredential names the server, the administrator's login goes only there. The Secret or its URL may name
 * another server.
 *
 * @internal Exported for tests.
 */
export function adminConnector(
  namespace: string,
  server: CredentialSpec['server'] | undefined,
  admin: Credential,
  timeout: number,
): (target: ServerTarget) => ReturnType<typeof openAdmin> {
  return async (target) => {
    const { host, port = 5432 } = server ?? {};
    const isNamedServer =
      host === undefined || (target.host === hostFromNamespace(namespace, host) && target.port === port);
    if (isNamedServer) return openAdmin(target, admin, timeout);
    throw new LockstepError('POSTGRES_LOGIN', [
      `the login of the administrator is sent to ${host}:${port} alone, which spec.server names`,
    ]);
  };
}

interface ReferencedSecretFact<Fact> {
  readonly fact: Fact | undefined;
  /** The reason why a named Secret could not be read. */
  readonly fault: string | undefined;
}

/** Reads another Secret that the first one needs. */
async function readReferencedSecret<Fact extends object>(
  cluster: Cluster,
  { namespace }: Secret,
  name: string | undefined,
  parse: (secret: Secret) => Fact | { readonly fault: string },
): Promise<ReferencedSecretFact<Fact>> {
  if (name === undefined) return { fact: undefined, fault: undefined };
  try {
    const observed = await readSecret(cluster, { namespace, name });
    if (observed === undefined) return { fact: undefined, fault: `there is no Secret ${namespace}/${name}` };
    const parsed = parse(observed.secret);
    return 'fault' in parsed
      ? { fact: undefined, fault: `Secret ${namespace}/${name}: ${parsed.fault}` }
      : { fact: parsed, fault: undefined };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return { fact: undefined, fault: error.message };
  }
}
