import type { ManagingCredential } from '../../engine/diagnosis/secret-checks/credential-check.ts';
import type { SecretFacts, ServerFacts } from '../../engine/diagnosis/secret-checks/diagnosis.ts';
import type { LoginEvidence } from '../../engine/diagnosis/secret-checks/login-evidence.ts';
import { type SecretLoginSource, secretLogins } from '../../engine/diagnosis/secret-checks/secret-logins.ts';
import type { CredentialSpec } from '../../engine/login/credential-schema/compile.ts';
import type { LoginKeys } from '../../engine/login/credential-schema/stated-spec.ts';
import { caInSecret } from '../../engine/login/in-secret/ca-in-secret.ts';
import { hostFromNamespace } from '../../engine/login/in-secret/login-in-secret.ts';
import { isRefused } from '../../engine/login/result/login-result.ts';
import { serverKindOf } from '../../engine/login/server-kinds/kinds.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import { forLogin } from '../../engine/secret/record/login-record.ts';
import type { SecretRecord } from '../../engine/secret/record/record.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readSecret } from '../../kube/secrets/stored-secrets.ts';
import { explainHbaRefusal } from '../../postgres/protocol/hba-refusal.ts';
import { openAdmin } from '../login-attempts/open-admin.ts';
import { tryLogin } from '../login-attempts/try-login.ts';
import {
  type ExaminedLogin,
  examineLogin,
  type LoginExaminationNeeds,
  type OpenAdmin,
} from './login-facts.ts';
import { type ManagedFacts, managedLoginOf } from './managed-facts.ts';
import { openRedisAdmin } from './redis-admin.ts';

/** Facts about the Secret that earlier checks found. */
export interface SecretContext {
  readonly secret: Secret;
  /** The usable credentials that name it. */
  readonly credentials: readonly KnownCredential[];
  readonly policies: readonly Policy[];
  readonly record: SecretRecord | undefined;
  /** Keys that lockstep would change automatically at the next write. */
  readonly correctedKeys: readonly string[];
}

interface KnownCredential extends Pick<ManagingCredential, 'name' | 'notReadyReason'> {
  readonly spec: CredentialSpec;
  readonly managed: ManagedFacts;
}

export interface ServerCheckOptions {
  /** Another Secret with the login of an administrator. A credential may name one. */
  readonly adminSecret?: string | undefined;
  /** The limit of one connection, in milliseconds. */
  readonly connectTimeout: number;
}

/** The default keys of each kind of credential. */
const DEFAULT_SPECS = [
  {
    keys: { user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD', database: 'POSTGRES_DB' },
    server: {},
    strategy: 'SingleUser',
  },
  {
    keys: { user: 'REDIS_USERNAME', password: 'REDIS_PASSWORD', database: '', system: 'redis' },
    server: {},
    strategy: 'SingleUser',
  },
] as const satisfies readonly Pick<CredentialSpec, 'keys' | 'server' | 'strategy'>[];

/** Tries each login in the Secret from this machine. */
export async function checkServers(
  cluster: Cluster,
  context: SecretContext,
  options: ServerCheckOptions,
): Promise<Pick<SecretFacts, 'logins' | 'servers'>> {
  const kinds = await Promise.all(DEFAULT_SPECS.map((spec) => kindOfLogins(cluster, context, spec)));
  const isMixed = kinds.every(({ sources }) => sources.length > 0);
  const logins: LoginEvidence[] = [];
  const servers: ServerFacts[] = [];
  for (const kind of kinds) {
    const { credential, sources, loginFault } = kind;
    const { adminSecret } = options;
    const { administratorIn } = serverKindOf(kind);
    const name = adminSecret ?? credential?.spec.adminSecretName;
    const admin = await readReferencedSecret(cluster, context.secret, name, (secret) =>
      isMixed && isOfOtherKind(secret, kind) ? OF_POSTGRES : administratorIn(secret),
    );
    const needs = examinationNeeds(context.secret, kind, admin.fact, options);
    let adminFault = admin.fault;
    for (const source of sources) {
      const examined = await examineLogin(source, needs);
      logins.push(withManaged(examined, credential?.managed));
      adminFault ??= examined.adminFault;
    }
    servers.push({
      system: kind.system,
      credentialName: credential?.name,
      notReadyReason: credential?.notReadyReason,
      loginFault,
      adminSecret: admin.fact && adminSecret,
      adminRole: admin.fact?.role,
      adminFault,
    });
  }
  return { logins, servers };
}

interface LoginsOfKind {
  readonly system: LoginKeys['system'];
  readonly credential: KnownCredential | undefined;
  readonly sources: readonly SecretLoginSource[];
  readonly loginFault: string | undefined;
}

async function kindOfLogins(
  cluster: Cluster,
  context: SecretContext,
  defaultSpec: Pick<CredentialSpec, 'keys' | 'server' | 'strategy'>,
): Promise<LoginsOfKind> {
  const { system } = defaultSpec.keys;
  const credential = context.credentials.find(({ spec }) => spec.keys.system === system);
  const spec = credential?.spec ?? defaultSpec;
  const ca = await readReferencedSecret(cluster, context.secret, spec.server.tls?.caSecretName, caInSecret);
  const record = context.record && forLogin(context.record, system);
  const { logins, fault } = secretLogins({ ...context, record, spec, ca: ca.fact?.ca });
  return { system, credential, sources: logins, loginFault: credential && (fault ?? ca.fault) };
}

/** Next to a login of PostgreSQL, the administrator of a Redis server must be named as one. */
const isOfOtherKind = ({ data }: Secret, { system, credential }: LoginsOfKind): boolean =>
  system === 'redis' && credential?.spec.adminSecretName === undefined && !data.has('REDIS_PASSWORD');

const OF_POSTGRES = {
  fault: 'its login goes to PostgreSQL alone, unless its keys are REDIS_USERNAME and REDIS_PASSWORD',
};

function examinationNeeds(
  { namespace }: Secret,
  { credential: managing }: LoginsOfKind,
  admin: Credential | undefined,
  { connectTimeout: timeout }: ServerCheckOptions,
): LoginExaminationNeeds {
  return {
    tryLogin: async (target, credential) => {
      const loginResult = await tryLogin(target, credential, { timeout });
      return loginResult.kind === 'pg-hba'
        ? await explainHbaRefusal(target, credential.role, { timeout })
        : loginResult;
    },
    openAdmin: admin && adminConnector(namespace, managing?.spec.server, admin, timeout),
  };
}

const withManaged = (
  { facts, workingCredential }: ExaminedLogin,
  managed: ManagedFacts | undefined,
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
): OpenAdmin {
  return async (target) => {
    const isRedis = target.system === 'redis';
    const { host, port = isRedis ? 6379 : 5432 } = server ?? {};
    const isNamedServer =
      host === undefined || (target.host === hostFromNamespace(namespace, host) && target.port === port);
    if (isNamedServer) return (isRedis ? openRedisAdmin : openAdmin)(target, admin, timeout);
    const reason = `the login of the administrator is sent to ${host}:${port} alone, which spec.server names`;
    throw isRedis
      ? new LockstepError('REDIS_REFUSED', [`${target.host}:${target.port}`, reason])
      : new LockstepError('POSTGRES_LOGIN', [reason]);
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
  parse: (secret: Secret) => Fact | { readonly fault: string } | undefined,
): Promise<ReferencedSecretFact<Fact>> {
  if (name === undefined) return { fact: undefined, fault: undefined };
  try {
    const observed = await readSecret(cluster, { namespace, name });
    if (observed === undefined) return { fact: undefined, fault: `there is no Secret ${namespace}/${name}` };
    const parsed = parse(observed.secret);
    return parsed !== undefined && 'fault' in parsed
      ? { fact: undefined, fault: `Secret ${namespace}/${name}: ${parsed.fault}` }
      : { fact: parsed, fault: undefined };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return { fact: undefined, fault: error.message };
  }
}
