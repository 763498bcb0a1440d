import { allowedRoles, withProvenRole } from '../../engine/credential/change/allowed-roles.ts';
import { alternateOwnerOf } from '../../engine/credential/change/alternate-role.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import { type LoginLabels, loginLabels } from '../../engine/credential/status/login-labels.ts';
import {
  isPasswordCorrect,
  isRefused,
  isUnproven,
  type LoginResult,
} from '../../engine/login/login-result.ts';
import type { Permissions } from '../../engine/permissions/permissions.ts';
import { type Credential, isSameCredential } from '../../engine/record/credential.ts';
import { type LoginChange, type LoginRecord, newLoginRecord } from '../../engine/record/login-record.ts';
import type { RoleServer } from '../../engine/server/role-server.ts';
import type { ServerTarget } from '../../engine/server/target.ts';
import type { ObservedSecret } from '../ports.ts';
import type { Deps } from '../reconciler-deps.ts';
import type { SecretSession } from '../secret-session/open.ts';

/** The gathered input for one reconcile of a Secret that is a login. */
export interface ReconcileInput {
  readonly credential: PostgresCredential;
  readonly observed: ObservedSecret;
  readonly permissions: Permissions;
  readonly session: SecretSession;
  /** The login that the Secret holds. */
  readonly secretCredential: Credential;
  readonly target: ServerTarget;
  /** The identity of the server: see `LoginRecord.at`. */
  readonly serverId: string;
  /**
   * The reason why lockstep does not write the Secret: it is a copy. A sentence, or undefined if lockstep writes it.
   */
  readonly copyReason: string | undefined;
  /** The administrator that changes the roles. If undefined, the role changes itself. */
  readonly admin: { readonly credential: Credential; readonly target: ServerTarget } | undefined;
}

/** The login in the record. For a login that was never checked, nothing is known. */
export const loginRecordOf = ({
  session,
  observed,
  secretCredential,
}: Pick<ReconcileInput, 'session' | 'observed' | 'secretCredential'>): LoginRecord =>
  session.record().login ?? newLoginRecord(observed.uid, secretCredential.role);

/** Writes the login to the record, if it differs. */
export async function saveLoginRecord(
  { session }: Pick<ReconcileInput, 'session'>,
  login: LoginRecord,
): Promise<void> {
  const record = session.record();
  if (record.login !== login) await session.save({ ...record, login });
}

/**
 * For `setPassword`: true if the record in the cluster is still in this step of this change. Another leader may have
 * taken the next step.
 */
export const stepIsCurrent =
  ({ observed: { secret } }: ReconcileInput, { id, phase }: LoginChange, { records }: Deps<'records'>) =>
  async (): Promise<boolean> => {
    const lookup = await records.read({ namespace: secret.namespace, name: secret.name });
    const current = lookup.kind === 'read' ? lookup.record.login?.change : undefined;
    return current?.id === id && current.phase === phase;
  };

/** The names that messages use for the roles and the server of a Secret. */
export const loginLabelsOf = (input: ReconcileInput): LoginLabels =>
  loginLabels({ spec: input.credential.spec, login: loginRecordOf(input), target: input.target });

/** Logs in as an application does. */
export async function tryLogin(
  { observed: { secret } }: Pick<ReconcileInput, 'observed'>,
  target: ServerTarget,
  credential: Credential,
  { databases, emit }: Deps<'databases' | 'emit'>,
): Promise<LoginResult> {
  const loginResult = await databases.tryLogin(target, credential);
  const { namespace, name } = secret;
  emit({ kind: 'login-tried', secret: { namespace, name }, result: loginResult.kind });
  return loginResult;
}

export type ServerResult<T> =
  | { readonly kind: 'did'; readonly result: T; readonly by: Credential | 'admin' }
  /** No login opens the server. There was no further attempt. `reason` is a sentence. */
  | { readonly kind: 'locked-out'; readonly reason: string }
  /** The outage may end without a change. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/**
 * Runs the operation as the administrator, or else as the role itself with the first credential that opens the server.
 */
export async function withRoleServer<T>(
  input: ReconcileInput,
  ownCredentials: readonly (Credential | undefined)[],
  operation: (server: RoleServer, by: Credential | 'admin') => Promise<T>,
  deps: Deps<'databases' | 'credentials' | 'emit'>,
): Promise<ServerResult<T>> {
  const { admin, target } = input;
  const logins =
    admin === undefined
      ? distinctCredentials(ownCredentials).map((credential) => ({ credential, target, as: 'self' as const }))
      : [{ ...admin, as: 'admin' as const }];
  const labels = loginLabelsOf(input);
  let reason = 'no known password opens it';
  for (const { credential, target: loginTarget, as } of logins) {
    const loginResult = await tryLogin(input, loginTarget, credential, deps);
    reason = (as === 'admin' ? labels.adminSentence : labels.sentence)(credential.role, loginResult);
    if (isRefused(loginResult)) continue;
    if (loginResult.kind !== 'ok') return { kind: 'unreachable', reason };
    const mayChange = await alterableRoles(input, ownCredentials, deps);
    await using server = await deps.databases.openServer(loginTarget, credential, {
      as,
      mayChange,
      ...labels,
    });
    const by = as === 'admin' ? 'admin' : credential;
    return { kind: 'did', result: await operation(server, by), by };
  }
  return { kind: 'locked-out', reason };
}

/** `host:port`, the form in which proofs are stored. */
export const serverAddress = ({ host, port }: ServerTarget): string => `${host}:${port}`;

/** Stores that a login as this role has succeeded. `owner` is the role that it may become, or else the role itself. */
export async function recordProof(
  { credential, target }: Pick<ReconcileInput, 'credential' | 'target'>,
  proof: { readonly role: string; readonly owner: string },
  { credentials: { provenRoles } }: Deps<'credentials'>,
): Promise<void> {
  // The PostgresCredential names the allowed roles, so no proof is needed.
  if (credential.spec.allowedRoles !== undefined) return;
  const before = provenRoles.read(credential);
  const proven = withProvenRole(before, serverAddress(target), proof);
  if (proven !== before) await provenRoles.save(credential, proven);
}

/**
 * The roles that the administrator may change. If no proof is left, a login proves its role again. That happens if a
 * user recreates the PostgresCredential in the middle of a change.
 */
export async function alterableRoles(
  input: ReconcileInput,
  ownCredentials: readonly (Credential | undefined)[],
  deps: Deps<'databases' | 'credentials' | 'emit'>,
): Promise<readonly string[]> {
  const { admin, credential, target } = input;
  if (admin === undefined) return [];
  const { databases, credentials } = deps;
  const allowedNow = () =>
    allowedRoles(credential.spec, credentials.provenRoles.read(credential), serverAddress(target));
  if (allowedNow().length > 0) return allowedNow();
  for (const { role, password } of distinctCredentials(ownCredentials)) {
    const loginResult = await tryLogin(input, target, { role, password }, deps);
    if (!isPasswordCorrect(loginResult) || isUnproven(loginResult)) continue;
    await using server = await databases.openServer(admin.target, admin.credential, {
      as: 'admin',
      mayChange: [],
      ...loginLabelsOf(input),
    });
    const facts = await server.role(role);
    await recordProof(input, { role, owner: alternateOwnerOf(role, facts?.mayBecome ?? []) }, deps);
    break;
  }
  return allowedNow();
}

/** Keeps the order, and removes duplicates. */
function distinctCredentials(credentials: readonly (Credential | undefined)[]): readonly Credential[] {
  const unique: Credential[] = [];
  for (const one of credentials)
    if (one !== undefined && !unique.some((other) => isSameCredential(one, other))) unique.push(one);
  return unique;
}
