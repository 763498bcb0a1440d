import type { ProvenRoles } from '../engine/login/change/allowed-roles.ts';
import type { ServerCredential } from '../engine/login/credential-schema/compile.ts';
import type { Policy } from '../engine/policy/policy.ts';
import type { EngineContext } from '../engine/review/evaluation/decision.ts';
import type { ChangeCause, LoginSystem } from '../engine/secret/record/login-record.ts';
import type { SecretRef } from '../engine/secret/secret-ref.ts';
import type { Emit } from './domain-event.ts';
import type { ObservedSecret, Ports } from './ports.ts';

/** The dependencies of the reconcilers: the five ports, and the state that the reconciles of one process share. */
export interface ReconcilerDeps extends Ports {
  /** Its clock is that of the ports. */
  readonly context: EngineContext;
  readonly policies: PolicySource;
  readonly credentials: CredentialSource;
  readonly settings: ReconcilerSettings;
  readonly checkTimer: LoginCheckTimer;
  /** False while the write-conflict breaker suspends the Secret. */
  readonly mayWrite: (ref: SecretRef) => boolean;
  /** The names of the Secrets in a namespace, as far as they are known. */
  readonly secretNamesIn: (namespace: string) => Iterable<string>;
  /** Puts the Secret into the work queue. */
  readonly enqueue: (ref: SecretRef) => void;
  readonly emit: Emit;
}

/** The dependencies of these names, so that a signature shows what a function reaches. */
export type Deps<Name extends keyof ReconcilerDeps> = Pick<ReconcilerDeps, Name>;

export interface PolicySource {
  readonly current: () => readonly Policy[];
  /** Undefined if the labels are not known yet. */
  readonly labelsOf: (namespace: string) => ReadonlyMap<string, string> | undefined;
}

export interface CredentialSource {
  /** The one that keeps the login of this kind in sync, if it is valid. */
  readonly forSecret: (secret: SecretRef, system: LoginSystem) => ServerCredential | undefined;
  /** The last one that did so, if it was deleted. */
  readonly formerForSecret: (secret: SecretRef, system: LoginSystem) => ServerCredential | undefined;
  readonly finalizer: ChangeFinalizer;
  readonly provenRoles: ProvenRoleStore;
}

/** Keeps a ServerCredential from disappearing before its change ends. */
export interface ChangeFinalizer {
  /** False if the ServerCredential is gone, or is being deleted without the finalizer. Then no change may start. */
  readonly add: (credential: ServerCredential) => Promise<boolean>;
  readonly isSet: (credential: ServerCredential) => boolean;
  /**
   * Removes the finalizer from all ServerCredentials of this login, except for one. Resolves with true if one of them
   * was being deleted and may now be gone.
   */
  readonly remove: (secret: SecretRef, system: LoginSystem, except?: ServerCredential) => Promise<boolean>;
  /** The start of the deletion that the finalizer delays. */
  readonly deletedAt: (credential: ServerCredential) => Date | undefined;
}

/** The proven roles of a ServerCredential, as its status has them. */
export interface ProvenRoleStore {
  readonly read: (credential: ServerCredential) => ProvenRoles | undefined;
  /** Resolves after the status is stored. A change that starts with a proof must find it there after a crash. */
  readonly save: (credential: ServerCredential, proven: ProvenRoles) => Promise<void>;
}

export interface ReconcilerSettings {
  /** The number of versions to keep. */
  readonly history: number;
  /** The time in milliseconds that a changed Secret may take to reach the volumes that hold it. */
  readonly propagation: number;
  /** Field managers that restore old state. Their writes are no change requests. */
  readonly restoreFieldManagers: ReadonlySet<string>;
}

/** The time of the last check of each login. A lost entry only causes another check. */
export interface LoginCheckTimer {
  /** Milliseconds until the next check, or 0 if it is due. A changed Secret or ServerCredential is due at once. */
  readonly dueIn: (login: CheckedLogin) => number;
  readonly markChecked: (login: CheckedLogin, again: number) => void;
  /**
   * `isKnown` is false if the check had no result. Returns the backoff in milliseconds: one second, doubled on each
   * check without a result.
   */
  readonly backoffAfter: (login: CheckedLogin, isKnown: boolean) => number;
  /** An edit of the Secret, or another state of its server, has started a password change. */
  readonly countChange: (login: CheckedLogin, cause: LimitedCause) => void;
  /**
   * Milliseconds until the next change with that cause may start, or 0 if it may now. Each change is a dozen writes.
   * A user who may write the Secret, or who runs its server, decides how many causes there are.
   */
  readonly changeDelay: (login: CheckedLogin, cause: LimitedCause) => number;
}

/** The causes of a change that no schedule limits, and that no command asked for. */
export type LimitedCause = Extract<ChangeCause, 'edited' | 'restored'>;

export interface CheckedLogin {
  readonly observed: ObservedSecret;
  readonly credential: ServerCredential;
}
