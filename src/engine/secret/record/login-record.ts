import type { Credential } from './credential.ts';

/**
 * The phases of a password change. The record holds each phase before it starts. `credential/change/phases.ts` has
 * their order.
 */
export const PHASES = [
  'preflight',
  'apply',
  'verify',
  'publish',
  'rollout',
  'drain',
  'finalize',
  'rollback-apply',
  'rollback-verify',
  'rollback-publish',
  'rollback-rollout',
  'rollback-drain',
] as const;
export type Phase = (typeof PHASES)[number];

/** The person or the event that started a change. */
export const CHANGE_CAUSES = [
  /** The schedule was due. */
  'schedule',
  /** `lockstep rotate`. */
  'requested',
  /** A person or tool wrote another password into the Secret. */
  'edited',
  /** `lockstep rotate --from-secret`. */
  'from-secret',
  /** `lockstep rollback`. */
  'rolled-back',
  /** The server returned to an earlier state, by a failover or a restore. */
  'restored',
] as const;
export type ChangeCause = (typeof CHANGE_CAUSES)[number];

/** The Secret holds the password already, and the server follows it on request or after an edit. */
export const followsSecret = (cause: ChangeCause): boolean => cause === 'edited' || cause === 'from-secret';

/** A password change in progress: the password of a role on its way into the server and the Secret. */
export interface LoginChange {
  /** The mark of the change on the server. Never used twice. */
  readonly id: string;
  readonly cause: ChangeCause;
  readonly since: Date;
  readonly phase: Phase;
  /** The time at which the change entered that phase. */
  readonly entered: Date;
  /** The login that the server had before. If it is undefined, no known login works, and an administrator must help. */
  readonly from: Credential | undefined;
  readonly to: Credential;
  /** Both passwords of one role are valid until the one from before is retired. Two roles always overlap. */
  readonly overlaps?: true | undefined;
  /** The login that the Secret held at the start of the change, if it did not open the server. */
  readonly found?: Credential | undefined;
  /** The version of the Secret whose other values the change restores. */
  readonly restores: number | undefined;
  /** A person restores these values although the policies deny them. */
  readonly forced?: true | undefined;
  /** The reason why the change rolls back. It completes "the change was undone: …". */
  readonly fault: string | undefined;
}

/**
 * The request of a person. `after` is the last version of the Secret at the time of the request. A later edit is the
 * newer decision.
 */
export type ChangeRequest =
  | { readonly kind: 'rotate'; readonly after?: number | undefined }
  /** The server takes the password from the Secret, whichever writer put it there. */
  | { readonly kind: 'from-secret' }
  /** Secret and server return to that version. */
  | {
      readonly kind: 'rollback';
      readonly to: number;
      readonly forced?: true | undefined;
      readonly after?: number | undefined;
    };

export interface Divergence {
  readonly since: Date;
  readonly reason: string;
  /** The last version of the Secret at that time. A later edit is a decision of a person. */
  readonly version: number;
}

/** The kind of a server, by its name in the table of systems. Undefined means PostgreSQL. */
export type LoginSystem = 'redis' | undefined;

/** The part of the record that concerns one login in the Secret. */
export interface LoginRecord {
  /** The kind of its server, as in `LoginKeys`. Undefined means PostgreSQL. */
  readonly system?: LoginSystem;
  /**
   * The uid of the Secret whose login was proven. A Secret that was created again has another uid, and its password is
   * no change request.
   */
  readonly secret: string;
  /**
   * The Secret whose record still has this login: the name of the Secret has changed. Nothing is done until only this
   * record has it.
   */
  readonly movedFrom?: string | undefined;
  /** The role that owns the objects which both roles of a pair use. Without a pair, the role itself. */
  readonly owner: string;
  /**
   * The second login that lockstep created, with its identity on the server. A role of the same name that another
   * person created has another one.
   */
  readonly alternate?: { readonly role: string; readonly oid: string } | undefined;
  /**
   * The server on which the login was proven: see proven-server.ts. lockstep sends the passwords of the record to no
   * other server.
   */
  readonly at: string | undefined;
  /** Set after the first login by SCRAM. From then on lockstep answers no weaker method. */
  readonly auth: 'scram-sha-256' | undefined;
  /** The login that was proven last. Undefined if none was proven yet. */
  readonly current: Credential | undefined;
  readonly previous: Credential | undefined;
  readonly change: LoginChange | undefined;
  /** The state of the server on which the login was proven. */
  readonly server: { readonly system: string | undefined; readonly timeline: number | undefined } | undefined;
  readonly changeRequest: ChangeRequest | undefined;
  /** Secret and server differ. lockstep does nothing until they agree or a person decides. `reason` is a sentence. */
  readonly diverged: Divergence | undefined;
  /** The time at which the last change was completed. */
  readonly rotated: Date | undefined;
  /** The result of the last change, if it was rolled back or never started. `reason` is a sentence. */
  readonly failed: { readonly time: Date; readonly reason: string; readonly undone: boolean } | undefined;
}

export const newLoginRecord = (secret: string, owner: string, system?: LoginSystem): LoginRecord => ({
  ...(system !== undefined && { system }),
  secret,
  owner,
  at: undefined,
  auth: undefined,
  current: undefined,
  previous: undefined,
  change: undefined,
  server: undefined,
  changeRequest: undefined,
  diverged: undefined,
  rotated: undefined,
  failed: undefined,
});

/** The logins of a Secret, at most one on each kind of server. */
export interface Logins {
  /** The login that the present work is about: see `forLogin`. Undefined if lockstep has proven none. */
  readonly login: LoginRecord | undefined;
  /** The logins on servers of other kinds. */
  readonly otherLogins?: readonly LoginRecord[] | undefined;
}

export const loginsOf = ({ login, otherLogins = [] }: Partial<Logins>): readonly LoginRecord[] =>
  login === undefined ? otherLogins : [login, ...otherLogins];

/**
 * The same record, in which `login` is the one on that kind of server. So the work on one login knows no other. It
 * loses nothing, so the record may be written as it is.
 */
export function forLogin<Record extends Logins>(record: Record, system: LoginSystem): Record {
  const all = loginsOf(record);
  const login = all.find((one) => one.system === system);
  if (login === record.login) return record;
  const otherLogins = all.filter((one) => one !== login);
  return { ...record, login, otherLogins: otherLogins.length === 0 ? undefined : otherLogins };
}
