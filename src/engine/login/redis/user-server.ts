import type { Sensitive } from '../../secret/sensitive.ts';

/** A connection to a Redis server that may change the passwords of users. Its functions reject with REDIS_…. */
export interface UserServer {
  readonly facts: () => Promise<RedisFacts>;
  /** Undefined if the user does not exist, and `hidden` if this connection may not see it. */
  readonly user: (name: string, known: readonly Sensitive[]) => Promise<UserFacts | 'hidden' | undefined>;
  /**
   * Gives the user the password `keep`, and takes those of `remove` away. The server does both or neither, so the user
   * never loses its last password. Other passwords stay, unless all others are to go.
   */
  readonly changePasswords: (name: string, change: PasswordChange) => Promise<void>;
  /** Saves the users, so that a restart of the server keeps them. */
  readonly save: () => Promise<SaveResult>;
}

export interface PasswordChange {
  readonly keep: Sensitive;
  readonly remove: readonly Sensitive[] | 'all others';
}

export interface RedisFacts {
  readonly mode: 'standalone' | 'cluster';
  readonly isReplica: boolean;
  /** The number of replicas that are connected. Undefined if this connection can't see it. */
  readonly replicas: number | undefined;
  /** Another one after each restart. Undefined if this connection can't see it. */
  readonly runId: string | undefined;
}

export interface UserFacts {
  readonly isOn: boolean;
  /** The server accepts each password. */
  readonly isOpen: boolean;
  /** Whether the user has it, for each password that lockstep knows. */
  readonly has: readonly boolean[];
  /** The number of its passwords that lockstep does not know. */
  readonly others: number;
}

/**
 * `not-saved`: a restart of the server undoes the change. It has no file for its users, or can't write to redis.conf,
 * or this connection may not save. `foreign-file`: the server can't write to its ACL file, so another tool does.
 */
export type SaveResult = 'saved' | 'not-saved' | 'foreign-file';
