import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import type { LoginResult } from '../../engine/login/result/login-result.ts';
import type { ServerTarget } from '../../engine/login/server/target.ts';
import { type LoginLabels, loginLabels } from '../../engine/login/status/login-labels.ts';
import type { Permissions } from '../../engine/review/own-writes/permissions.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import {
  forLogin,
  type LoginChange,
  type LoginRecord,
  newLoginRecord,
} from '../../engine/secret/record/login-record.ts';
import type { ObservedSecret } from '../ports.ts';
import type { Deps } from '../reconciler-deps.ts';
import type { SecretSession } from '../secret-session/open.ts';
import type { LoginServer } from './login-server.ts';

/** The gathered input for one reconcile of a Secret that is a login. */
export interface ReconcileInput {
  readonly credential: ServerCredential;
  readonly observed: ObservedSecret;
  readonly permissions: Permissions;
  readonly session: SecretSession;
  /** The login that the Secret holds. */
  readonly secretCredential: Credential;
  readonly target: ServerTarget;
  readonly server: LoginServer<ReconcileInput>;
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
  credential: { spec },
  session,
  observed,
  secretCredential,
}: Pick<ReconcileInput, 'credential' | 'session' | 'observed' | 'secretCredential'>): LoginRecord =>
  session.record().login ?? newLoginRecord(observed.uid, secretCredential.role, spec.keys.system);

/** Writes the login to the record, if it differs. */
export async function saveLoginRecord(
  { session }: Pick<ReconcileInput, 'session'>,
  login: LoginRecord,
): Promise<void> {
  const record = session.record();
  if (record.login !== login) await session.save({ ...record, login });
}

/**
 * For the write on the server: true if the record in the cluster is still in this step of this change. Another leader
 * may have taken the next step.
 */
export const stepIsCurrent =
  (
    { credential: { spec }, observed: { secret } }: ReconcileInput,
    { id, phase }: LoginChange,
    { records }: Deps<'records'>,
  ) =>
  async (): Promise<boolean> => {
    const lookup = await records.read({ namespace: secret.namespace, name: secret.name });
    const { login = undefined } = lookup.kind === 'read' ? forLogin(lookup.record, spec.keys.system) : {};
    const current = login?.change;
    return current?.id === id && current.phase === phase;
  };

/** The names that messages use for the roles and the server of a Secret. */
export const loginLabelsOf = (input: ReconcileInput): LoginLabels =>
  loginLabels({ spec: input.credential.spec, login: loginRecordOf(input), target: input.target });

/** Logs in as an application does. */
export async function tryLogin(
  { observed: { secret }, server }: Pick<ReconcileInput, 'observed' | 'server'>,
  target: ServerTarget,
  credential: Credential,
  { emit }: Deps<'emit'>,
): Promise<LoginResult> {
  const loginResult = await server.tryLogin(target, credential);
  const { namespace, name } = secret;
  emit({ kind: 'login-tried', secret: { namespace, name }, result: loginResult.kind });
  return loginResult;
}
