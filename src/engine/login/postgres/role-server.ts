import type { OtherManager } from '../../secret/other-managers.ts';
import type { Sensitive } from '../../secret/sensitive.ts';

/** The two ways to recognise the second login that lockstep created. */
export interface KnownAlternate {
  /** The oid in the record. Undefined if lockstep has created none yet. */
  readonly oid: string | undefined;
  /**
   * The mark in the comment of a role that the present change created, from the moment that the role exists. Only a
   * user who may read the record can know it earlier. So lockstep recognises the role before the record has its oid.
   */
  readonly mark: string;
}

/**
 * A connection to a PostgreSQL server that may manage roles there. Its functions reject with a LockstepError,
 * POSTGRES_….
 */
export interface RoleServer {
  /** An administrator may see and change other roles. A role without one may change only its own password. */
  readonly as: 'admin' | 'self';
  readonly facts: () => Promise<ServerFacts>;
  /** Undefined if the role does not exist. */
  readonly role: (name: string) => Promise<RoleFacts | undefined>;
  /**
   * Sets the password of the role, as a SCRAM verifier that lockstep computes. The same transaction puts `mark` into
   * the comment of the role, if this connection may do that. An undefined password removes password and mark.
   *
   * Rejects with POSTGRES_CONCURRENT_CHANGE if another session changes the role. Rejects with POSTGRES_COMMIT_UNKNOWN
   * if the result of the COMMIT is unknown. Calls `isStill` right before the COMMIT, while the transaction holds the
   * role. If that returns false, nothing changes, and it rejects with CLUSTER_CONFLICT.
   */
  readonly setPassword: (
    role: string,
    password: Sensitive | undefined,
    mark: string | undefined,
    isStill?: () => Promise<boolean>,
    /** The oid that the role must have. If it is absent, the name decides. */
    oid?: string,
  ) => Promise<void>;
  /** Removes the mark from the comment of a role. Does nothing without a mark, or if this connection may not do it. */
  readonly removeMark: (role: string) => Promise<void>;
  /**
   * Makes `role` a second login with all rights and objects of `owner`, or updates the one that lockstep created. The
   * role has no password at first. Resolves with its oid. Rejects with POSTGRES_REFUSED if another person created a
   * role of that name.
   */
  readonly makeAlternate: (owner: string, role: string, known: KnownAlternate) => Promise<string>;
  /**
   * Compares the candidates with the verifier of the role, without a login. Undefined if none matches, and 'unknown' if
   * this connection can't read the verifier.
   */
  readonly matchPassword: (
    role: string,
    candidates: readonly Sensitive[],
  ) => Promise<number | undefined | 'unknown'>;
}

export interface ServerFacts {
  /** 150007 or 180004, as in `server_version_num`. */
  readonly version: number;
  /** The system identifier of the cluster, from pg_control. Undefined if this connection can't read it. */
  readonly system: string | undefined;
  /** A failover or a restore changes it. */
  readonly timeline: number | undefined;
  readonly standby: boolean;
}

export interface RoleFacts {
  readonly oid: string;
  readonly mayLogin: boolean;
  readonly isSuperuser: boolean;
  /** Undefined if the password never expires. */
  readonly validUntil: Date | undefined;
  /** Undefined if this connection can't read it. */
  readonly hasPassword: boolean | undefined;
  /** The form of the verifier. Undefined if there is none, or if this connection can't read it. */
  readonly verifier?: 'scram' | 'md5' | undefined;
  /** Whether this connection may change its password. */
  readonly mayAlter: boolean;
  /** The mark that `setPassword` left in its comment. */
  readonly mark: string | undefined;
  /** The roles that it is a member of, directly. */
  readonly memberOf: readonly string[];
  /** The roles among them that it may become by SET ROLE. */
  readonly mayBecome: readonly string[];
  /** The direct members of the role, without the role of this connection. */
  readonly members: readonly string[];
  /** Its own attributes among SUPERUSER, CREATEROLE, CREATEDB and BYPASSRLS. */
  readonly privileges: readonly string[];
  /** The number of its sessions, without this connection. Undefined if this connection can't see them. */
  readonly sessions: number | undefined;
  /** The other manager of the role, as far as the server shows it. */
  readonly otherManager?: OtherManager | undefined;
}
