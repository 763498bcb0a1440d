import type { LoginEvidence } from '../../engine/diagnosis/secret-checks/login-evidence.ts';
import { type ManagedLogin, managedLogin } from '../../engine/diagnosis/secret-checks/managed-login.ts';
import type { editConsentOf } from '../../engine/login/change/edit-consent.ts';
import type { LoginObservation } from '../../engine/login/change/login-observation.ts';
import type { CredentialSpec } from '../../engine/login/credential-schema/compile.ts';
import { KEEPS_ROLE } from '../../engine/login/server-kinds/login-roles.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import { newLoginRecord } from '../../engine/secret/record/login-record.ts';
import type { SecretRecord } from '../../engine/secret/record/record.ts';
import type { Secret } from '../../engine/secret/secret.ts';

/** The facts that the controller would use for the login of a PostgresCredential. */
export interface ManagedFacts {
  readonly secret: Secret;
  readonly uid: string;
  readonly spec: CredentialSpec;
  readonly record: SecretRecord | undefined;
  readonly isRestored: boolean;
  readonly copyReason: string | undefined;
  /** The roles that the administrator may change. */
  readonly alterableRoles: (login: LoginEvidence) => readonly string[];
  readonly mayRestore: ((version: number) => boolean) | undefined;
  /** Undefined if no policy is known. */
  readonly editConsent: ReturnType<typeof editConsentOf> | undefined;
  readonly now: Date;
}

/** Explains a refused login as the controller would, from what was seen here. */
export function managedLoginOf(
  login: LoginEvidence,
  workingCredential: Credential | undefined,
  facts: ManagedFacts,
): ManagedLogin {
  const { secret, uid, spec, record, copyReason } = facts;
  const { role, password, result } = login;
  const observation: LoginObservation = {
    login: record?.login ?? newLoginRecord(uid, role, spec.keys.system),
    data: secret.data,
    secretCredential: { role, password },
    secretUid: uid,
    serverIdentity: '',
    versions: record?.versions ?? [],
    result,
    workingCredential,
    server: undefined,
    hasAdmin: spec.adminSecretName !== undefined,
    strategy: copyReason === undefined ? spec.strategy : KEEPS_ROLE,
    copyReason,
    isRestored: facts.isRestored,
    ...(facts.editConsent ?? { keepsPassword: false, hasConsent: false, mayWriteSecret: false }),
    isDue: false,
    keys: spec.keys,
    place: { namespace: secret.namespace, name: secret.name },
    alterableRoles: facts.alterableRoles(login),
    mayRestore: facts.mayRestore,
    now: facts.now,
    newPassword: () => password,
  };
  return managedLogin(observation);
}
