import type { OtherManager } from '../../secret/other-managers.ts';
import type { Credential } from '../../secret/record/credential.ts';
import type { LoginChange, LoginRecord } from '../../secret/record/login-record.ts';
import type { SecretData, SecretRecord } from '../../secret/record/record.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import type { Strategy } from '../credential-schema/compile.ts';
import type { LoginKeys } from '../credential-schema/stated-spec.ts';
import type { LoginResult } from '../result/login-result.ts';
import type { RoleFault } from './role-fault.ts';

/** The observed state of a login without a change in progress. */
export interface LoginObservation {
  readonly login: LoginRecord;
  /** The present values of the Secret. */
  readonly data: SecretData;
  /** The login in the Secret, and the present uid of the Secret. */
  readonly secretCredential: Credential;
  readonly secretUid: string;
  /** The identity of the server: see `LoginRecord.at`. */
  readonly serverIdentity: string;
  /** The versions of the Secret. The last one holds `secretCredential`. */
  readonly versions: SecretRecord['versions'];
  /** The result of a login with `secretCredential`. */
  readonly result: LoginResult;
  /** The known login that opens the server instead. It is searched for only if `secretCredential` is refused. */
  readonly workingCredential: Credential | undefined;
  /** Undefined if no login could ask the server. */
  readonly server: ObservedServer | undefined;
  /** An administrator may change the roles. */
  readonly hasAdmin: boolean;
  readonly strategy: Strategy;
  /** The reason why lockstep does not write the Secret, which is a copy: a sentence. Undefined if it may. */
  readonly copyReason?: string | undefined;
  /** Whether the last writer of the Secret restored an old state. */
  readonly isRestored: boolean;
  /** The policy keeps the password, so that an edit is no request to change the server. */
  readonly keepsPassword: boolean;
  /** The writer of the password has consented to its change. */
  readonly hasConsent: boolean;
  /** lockstep may write the Secret on its own. */
  readonly mayWriteSecret: boolean;
  /** The server had an earlier state several times within a minute, so it is no restore. */
  readonly wasRestoredOften?: boolean | undefined;
  readonly isDue: boolean;
  readonly keys: LoginKeys;
  /** The Secret, for commands in sentences. */
  readonly place: SecretRef;
  /** The roles that the administrator may change without a further proof. */
  readonly alterableRoles: readonly string[];
  /** Whether the policies let the Secret return to that version. Undefined if no policy is known. */
  readonly mayRestore?: ((version: number) => boolean) | undefined;
  readonly now: Date;
  readonly newPassword: () => Sensitive;
}

export interface ObservedServer {
  readonly system: string | undefined;
  readonly timeline: number | undefined;
  /** The roles that the role in the Secret may become. */
  readonly memberOf: readonly string[];
  /** The reason why the role in the Secret can't log in with any password. */
  readonly roleFault?: RoleFault | undefined;
  readonly otherManager?: OtherManager | undefined;
  /** The reason why each change will be refused: a sentence. */
  readonly warning?: string | undefined;
}

export type NewChange = Pick<LoginChange, 'cause' | 'from' | 'to' | 'found' | 'restores' | 'forced'>;

/** The login state. `login` is the record to store. */
export type LoginEvaluation =
  | { readonly kind: 'in-sync'; readonly login: LoginRecord }
  /** The state can't be determined now. */
  | { readonly kind: 'unknown'; readonly login: LoginRecord }
  | { readonly kind: 'diverged'; readonly login: LoginRecord }
  /** The Secret gets this login back, which opens the server. If it can't be written, it has diverged: see `login`. */
  | {
      readonly kind: 'restore';
      readonly login: LoginRecord;
      readonly to: Credential;
      /** A sentence. */
      readonly reason: string;
    }
  | { readonly kind: 'begin'; readonly login: LoginRecord; readonly change: NewChange };
