import type { Credential } from './credential.ts';

/** The steps of a change, each noted before it is taken. Which follow one another: `plan.ts`. */
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

/** Who or what has begun a change. */
export const CHANGE_CAUSES = ['schedule', 'requested', 'edited', 'rolled-back', 'restored'] as const;
export type ChangeCause =
  /** It was time. */
  | 'schedule'
  /** `lockstep rotate`. */
  | 'requested'
  /** Somebody has written another password into the Secret. */
  | 'edited'
  /** `lockstep rollback`. */
  | 'rolled-back'
  /** The server was put back to an earlier state: a failover, a restore. */
  | 'restored';

/** The password of a role on its way into the server and the Secret. */
export interface LoginChange {
  /** Stands in the comment of the role, once it is there. Never used twice. */
  readonly id: string;
  readonly cause: ChangeCause;
  readonly since: Date;
  readonly phase: Phase;
  /** When it came to that phase. */
  readonly entered: Date;
  /** What the server had before; undefined where nobody knows, and an administrator has to help. */
  readonly from: Credential | undefined;
  readonly to: Credential;
  /** What the Secret said when it began, where that did not open the server. */
  readonly found?: Credential | undefined;
  /** The version of the Secret whose other values come back along with it. */
  readonly restores: number | undefined;
  /** Somebody wants these values though the policies deny them. */
  readonly forced?: true | undefined;
  /** Why it goes back: completes "the change was undone: …". */
  readonly fault: string | undefined;
}

/** The request of a person. `after`: the last version of the Secret then; an edit that comes later is the newer decision. */
export type ChangeRequest =
  | { readonly kind: 'rotate'; readonly after?: number | undefined }
  /** The server is to follow what the Secret says, whoever has written it. */
  | { readonly kind: 'from-secret' }
  /** Secret and server as in that version. */
  | {
      readonly kind: 'rollback';
      readonly to: number;
      readonly forced?: true | undefined;
      readonly after?: number | undefined;
    };

export interface Divergence {
  readonly since: Date;
  readonly reason: string;
  /** The last version of the Secret then: what somebody writes after it is a decision. */
  readonly version: number;
}

/** What the record of a Secret says of the login that it holds. */
export interface LoginRecord {
  /** uid of the Secret whose login was proven: of one that was made anew nothing is taken for a wish. */
  readonly secret: string;
  /** The role that owns what the two of an alternating pair use; of one that is changed in place its own name. */
  readonly owner: string;
  /** The second login that lockstep has made, by its oid: a role of that name that was made by another person is not taken for it. */
  readonly alternate?: { readonly role: string; readonly oid: string } | undefined;
  /** The server that it was proven on, see proven-server.ts: passwords of the record are offered to no other. */
  readonly at: string | undefined;
  /** Set once it was let in by SCRAM: from then on nothing weaker is answered. */
  readonly auth: 'scram-sha-256' | undefined;
  /** What was last proven to open the server; undefined: nothing yet. */
  readonly current: Credential | undefined;
  readonly previous: Credential | undefined;
  readonly change: LoginChange | undefined;
  /** Where it was proven. */
  readonly server: { readonly system: string | undefined; readonly timeline: number | undefined } | undefined;
  readonly changeRequest: ChangeRequest | undefined;
  /** Secret and server do not agree, and nothing is done about it until they do or somebody decides. `reason` is a sentence. */
  readonly diverged: Divergence | undefined;
  /** When a change was last brought to its end. */
  readonly rotated: Date | undefined;
  /** How the last change ended, where it was undone, or was not begun at all. `reason` is a sentence. */
  readonly failed: { readonly time: Date; readonly reason: string; readonly undone: boolean } | undefined;
}

export const newLoginRecord = (secret: string, owner: string): LoginRecord => ({
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
