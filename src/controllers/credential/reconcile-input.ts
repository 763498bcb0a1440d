import {
  allowedRoles,
  type ProvenRoles,
  withProvenRole,
} from '../../engine/credential/change/allowed-roles.ts';
import { alternateOwnerOf } from '../../engine/credential/change/alternate-role.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import { type LoginLabels, loginLabels } from '../../engine/credential/status/login-labels.ts';
import type { EngineContext } from '../../engine/evaluation/decision.ts';
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
import type { ObservedSecret, SecretRef } from '../record/observed-secret.ts';
import type { RecordLookup, RecordSession } from '../record/record-session.ts';
import type { SecretDataEdit, SecretWriteNeeds } from '../record/write-ahead.ts';

/** One Secret that is a login, as it was found. */
export interface ReconcileInput {
  readonly credential: PostgresCredential;
  readonly observed: ObservedSecret;
  readonly permissions: Permissions;
  readonly session: RecordSession;
  /** What the Secret says. */
  readonly secretCredential: Credential;
  readonly target: ServerTarget;
  /** Which server that is: see `LoginRecord.at`. */
  readonly serverId: string;
  /** Why the Secret itself is not written: it is a copy of something. A sentence; undefined: it is. */
  readonly copyReason: string | undefined;
  /** Who may change roles there; undefined: the role itself. */
  readonly admin: { readonly credential: Credential; readonly target: ServerTarget } | undefined;
}

/** The proven roles of a PostgresCredential, as its status has them. */
export interface ProvenRoleStore {
  readonly provenRolesOf: (credential: PostgresCredential) => ProvenRoles | undefined;
  /** Resolves when the status has it: what is begun by a proof must find it there after a crash. */
  readonly saveProvenRoles: (credential: PostgresCredential, proven: ProvenRoles) => Promise<void>;
}

export type RoleServerConnection = RoleServer & AsyncDisposable;

/** A PostgresCredential whose change is under way is not gone before the change has ended. */
export interface ChangeFinalizer {
  /** False: it is being deleted without the finalizer, or gone, and no change is to begin. */
  readonly addFinalizer: (credential: PostgresCredential) => Promise<boolean>;
  readonly hasFinalizer: (credential: PostgresCredential) => boolean;
  /** Takes it from all that name this Secret, but for `keep`. Resolves with whether one of them was being deleted: then it may be gone. */
  readonly removeFinalizer: (secret: SecretRef, except?: PostgresCredential) => Promise<boolean>;
  /** Since when it is being deleted. */
  readonly deletedAt: (credential: PostgresCredential) => Date | undefined;
}

export interface RoleServerScope extends Pick<LoginLabels, 'server' | 'roleLabel'> {
  readonly as: RoleServer['as'];
  /** The roles that an administrator's connection may change. */
  readonly mayChange: readonly string[];
}

/** Each rejects with a LockstepError, and ends by itself. */
export interface CredentialNeeds extends SecretWriteNeeds, ProvenRoleStore, ChangeFinalizer {
  readonly context: EngineContext;
  /** As an application logs in. */
  readonly tryLogin: (target: ServerTarget, credential: Credential) => Promise<LoginResult>;
  readonly openServer: (
    target: ServerTarget,
    credential: Credential,
    scope: RoleServerScope,
  ) => Promise<RoleServerConnection>;
  /** The edit goes through the whole admission chain and is not stored. Rejects with SECRET_REFUSED where somebody would not let it. */
  readonly dryRunPatch: (observed: ObservedSecret, edit: SecretDataEdit) => Promise<void>;
  readonly readRecord: (ref: SecretRef) => Promise<RecordLookup>;
  /** How long a changed Secret may take to reach the volumes that hold it. Milliseconds. */
  readonly propagation: number;
  /** Field managers that put old state back: what they write is no wish. */
  readonly restoreFieldManagers: ReadonlySet<string>;
}

/** As the record has it; of one that was never looked at nothing is known. */
export const loginRecordOf = ({
  session,
  observed,
  secretCredential,
}: Pick<ReconcileInput, 'session' | 'observed' | 'secretCredential'>): LoginRecord =>
  session.current().login ?? newLoginRecord(observed.uid, secretCredential.role);

/** Written to the record, where it is another one. */
export async function saveLoginRecord(
  { session }: Pick<ReconcileInput, 'session'>,
  login: LoginRecord,
): Promise<void> {
  const record = session.current();
  if (record.login !== login) await session.save({ ...record, login });
}

/** For `setPassword`: the record, as it is in the cluster at that moment, is still in this step of this change. Another leader may have gone on. */
export const stepIsCurrent =
  ({ observed: { secret } }: ReconcileInput, { id, phase }: LoginChange, { readRecord }: CredentialNeeds) =>
  async (): Promise<boolean> => {
    const lookup = await readRecord({ namespace: secret.namespace, name: secret.name });
    const current = lookup.kind === 'read' ? lookup.record.login?.change : undefined;
    return current?.id === id && current.phase === phase;
  };

/** How messages call the roles and the server of a Secret. */
export const loginLabelsOf = (input: ReconcileInput): LoginLabels =>
  loginLabels({ spec: input.credential.spec, login: loginRecordOf(input), target: input.target });

/** What became of work on the server. */
export type ServerResult<T> =
  | { readonly kind: 'did'; readonly result: T; readonly by: Credential | 'admin' }
  /** Nobody may in: it was not tried any further. `reason` is a sentence. */
  | { readonly kind: 'locked-out'; readonly reason: string }
  /** It may pass by itself. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Has the administrator do it, or else the role itself, by the first of these that opens the server. */
export async function withRoleServer<T>(
  input: ReconcileInput,
  ownCredentials: readonly (Credential | undefined)[],
  operation: (server: RoleServer, by: Credential | 'admin') => Promise<T>,
  needs: CredentialNeeds,
): Promise<ServerResult<T>> {
  const { admin, target } = input;
  const logins =
    admin === undefined
      ? distinctCredentials(ownCredentials).map((credential) => ({ credential, target, as: 'self' as const }))
      : [{ ...admin, as: 'admin' as const }];
  const labels = loginLabelsOf(input);
  let reason = 'nobody knows a password that opens it';
  for (const { credential, target: loginTarget, as } of logins) {
    const loginResult = await needs.tryLogin(loginTarget, credential);
    reason = (as === 'admin' ? labels.adminSentence : labels.sentence)(credential.role, loginResult);
    if (isRefused(loginResult)) continue;
    if (loginResult.kind !== 'ok') return { kind: 'unreachable', reason };
    const mayChange = await alterableRoles(input, ownCredentials, needs);
    await using server = await needs.openServer(loginTarget, credential, { as, mayChange, ...labels });
    const by = as === 'admin' ? 'admin' : credential;
    return { kind: 'did', result: await operation(server, by), by };
  }
  return { kind: 'locked-out', reason };
}

/** `host:port`, as proofs are kept. */
export const serverAddress = ({ host, port }: ServerTarget): string => `${host}:${port}`;

/** Keeps that a login as this role has succeeded. `owner`: the role that it may become, else itself. */
export async function recordProof(
  { credential, target }: Pick<ReconcileInput, 'credential' | 'target'>,
  proof: { readonly role: string; readonly owner: string },
  needs: ProvenRoleStore,
): Promise<void> {
  // Then the PostgresCredential says it, and no proof does.
  if (credential.spec.allowedRoles !== undefined) return;
  const before = needs.provenRolesOf(credential);
  const proven = withProvenRole(before, serverAddress(target), proof);
  if (proven !== before) await needs.saveProvenRoles(credential, proven);
}

/**
 * The roles that the administrator may change. If no proof is left, as after its PostgresCredential was made anew in the middle of a change, a login with
 * one of these proves its role once more.
 */
export async function alterableRoles(
  input: ReconcileInput,
  ownCredentials: readonly (Credential | undefined)[],
  needs: CredentialNeeds,
): Promise<readonly string[]> {
  const { admin, credential, target } = input;
  if (admin === undefined) return [];
  const allowedNow = () =>
    allowedRoles(credential.spec, needs.provenRolesOf(credential), serverAddress(target));
  if (allowedNow().length > 0) return allowedNow();
  for (const { role, password } of distinctCredentials(ownCredentials)) {
    const loginResult = await needs.tryLogin(target, { role, password });
    if (!isPasswordCorrect(loginResult) || isUnproven(loginResult)) continue;
    await using server = await needs.openServer(admin.target, admin.credential, {
      as: 'admin',
      mayChange: [],
      ...loginLabelsOf(input),
    });
    const facts = await server.role(role);
    await recordProof(input, { role, owner: alternateOwnerOf(role, facts?.mayBecome ?? []) }, needs);
    break;
  }
  return allowedNow();
}

/** In order, each once. */
function distinctCredentials(credentials: readonly (Credential | undefined)[]): readonly Credential[] {
  const unique: Credential[] = [];
  for (const one of credentials)
    if (one !== undefined && !unique.some((other) => isSameCredential(one, other))) unique.push(one);
  return unique;
}
