import type { Sensitive } from '../secret/sensitive.ts';
import type { OtherManager } from './other-managers.ts';

/** How lockstep knows the second login that it has made. */
export interface KnownAlternate {
  /** As the record has it. Undefined: it has made none yet. */
  readonly oid: string | undefined;
  /**
   * Stands in the comment of a role that the change under way has made, from the moment that the role is there. It can't be known before by anybody who may not read the
   * record. So the role is known before the record has its oid.
   */
  readonly mark: string;
}

/** A connection to a PostgreSQL server that may look after roles there. Its functions reject with a LockstepError, POSTGRES_…. */
export interface RoleServer {
  /** An administrator may see and change other roles; a role by itself nothing but its own password. */
  readonly as: 'admin' | 'self';
  readonly facts: () => Promise<ServerFacts>;
  /** Undefined where there is no such role. */
  readonly role: (name: string) => Promise<RoleFacts | undefined>;
  /**
   * One transaction: a SCRAM verifier that is made here becomes the password of the role, and `mark`, where this connection may leave one, stands in its comment;
   * undefined takes both away again, password and mark. Rejects with POSTGRES_CONCURRENT_CHANGE where somebody else is at it, with POSTGRES_COMMIT_UNKNOWN where nobody knows
   * whether it was committed. `isStill` is asked while the transaction holds the role, right before its COMMIT: whoever is late by then changes nothing, and
   * it rejects with CLUSTER_CONFLICT.
   */
  readonly setPassword: (
    role: string,
    password: Sensitive | undefined,
    mark: string | undefined,
    isStill?: () => Promise<boolean>,
    /** The role must be this one. Absent: whichever has the name. */
    oid?: string,
  ) => Promise<void>;
  /** Takes the mark out of the comment of a role; nothing where it bears none, or where this connection may not. */
  readonly removeMark: (role: string) => Promise<void>;
  /**
   * Makes `role` a second login for all that `owner` is and owns, or brings the one that lockstep has made up to date. It has no password until it gets one.
   * Resolves with its oid. Rejects with POSTGRES_REFUSED where a role of that name is another person's.
   */
  readonly makeAlternate: (owner: string, role: string, known: KnownAlternate) => Promise<string>;
  /** Which of these is the password of the role, by its verifier and without a login; undefined where none is, 'unknown' where this connection may not read it. */
  readonly matchPassword: (
    role: string,
    candidates: readonly Sensitive[],
  ) => Promise<number | undefined | 'unknown'>;
}

export interface ServerFacts {
  /** 150007, 180004: as `server_version_num`. */
  readonly version: number;
  /** Of the cluster, from pg_control; undefined where it may not be read. */
  readonly system: string | undefined;
  /** Another one after a failover or a restore. */
  readonly timeline: number | undefined;
  readonly standby: boolean;
}

export interface RoleFacts {
  readonly oid: string;
  readonly mayLogin: boolean;
  readonly isSuperuser: boolean;
  /** Undefined: without end. */
  readonly validUntil: Date | undefined;
  /** Undefined where this connection may not know. */
  readonly hasPassword: boolean | undefined;
  /** How that is kept; undefined where there is none, or it may not be known. */
  readonly verifier?: 'scram' | 'md5' | undefined;
  /** Whether this connection may give it another password. */
  readonly mayAlter: boolean;
  /** What `setPassword` has left in its comment. */
  readonly mark: string | undefined;
  /** The roles that it is a member of, directly. */
  readonly memberOf: readonly string[];
  /** Those of them that it may become: SET ROLE. */
  readonly mayBecome: readonly string[];
  /** The roles that are members of it, directly; without this connection's own. */
  readonly members: readonly string[];
  /** Of SUPERUSER, CREATEROLE, CREATEDB and BYPASSRLS those that it has itself. */
  readonly privileges: readonly string[];
  /** Its sessions at this moment, without this connection's own; undefined where they can't be seen. */
  readonly sessions: number | undefined;
  /** Who else sets its password, as far as the server shows it. */
  readonly otherManager?: OtherManager | undefined;
}
