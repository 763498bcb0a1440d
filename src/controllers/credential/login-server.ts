import type { ObservedServer } from '../../engine/login/change/login-observation.ts';
import type { LoginResult } from '../../engine/login/result/login-result.ts';
import type { ServerTarget } from '../../engine/login/server/target.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import type { LoginChange } from '../../engine/secret/record/login-record.ts';
import type { LockstepError } from '../../errors/errors.ts';
import type { StepOutcome } from './step-outcome.ts';

/**
 * The abilities of a server on which lockstep can change a password. A step may run again after a crash at any moment,
 * so it first finds out what was already done. Each function rejects with a LockstepError.
 */
export interface LoginServer<Input> {
  /** One account can have two passwords at a time, so the login from before works until it is retired. */
  readonly keepsBoth: boolean;
  /** Logs in as an application does, and changes nothing. */
  readonly tryLogin: (target: ServerTarget, credential: Credential) => Promise<LoginResult>;
  /** The identity of the server, and the state of the account in the Secret. `working` is a login that opens it. */
  readonly observe: (input: Input, working: Credential | undefined) => Promise<ServerResult<ObservedServer>>;
  /** The account that owns the objects of a proven one, as the administrator sees it. Most often the same. */
  readonly ownerOf: (input: Input, role: string) => Promise<string>;
  /** The obstacle to `setPassword`, as far as the server shows it before. Changes no password. */
  readonly preflight: (input: Input, change: LoginChange) => Promise<StepOutcome>;
  /** Gives `to` its password: next to `from` if the change overlaps, and else in its place. */
  readonly setPassword: (input: Input, change: LoginChange) => Promise<StepOutcome>;
  /** Withdraws `to` if the change overlaps, and else gives `from` its password again. `to` may not be set. */
  readonly undo: (input: Input, change: LoginChange) => Promise<StepOutcome>;
  /** The sessions of the account that gives way to `current`. Undefined if the server can't tell. */
  readonly sessions: (
    input: Input,
    account: string,
    current: Credential | undefined,
  ) => Promise<ServerResult<number | undefined>>;
  /** Withdraws `from` if the change overlaps, and removes the traces of the change. */
  readonly retire: (input: Input, change: LoginChange) => Promise<StepOutcome>;
  /** Undefined for an error that is not one of this server. */
  readonly errorKind: (error: LockstepError) => ServerErrorKind | undefined;
}

/**
 * `refused`: the server does not do it. `busy`: another client was first. `away`: the server has not answered, so the
 * result may be unknown.
 */
export type ServerErrorKind = 'refused' | 'busy' | 'away';

/** The result of an operation that begins with a login. */
export type ServerResult<T> =
  | { readonly kind: 'did'; readonly result: T; readonly by: Credential | 'admin' }
  | ServerFailure;

export type ServerFailure =
  /** No login opens the server. There was no further attempt. `reason` is a sentence. */
  | { readonly kind: 'locked-out'; readonly reason: string }
  /** The outage may end without a change. */
  | { readonly kind: 'unreachable'; readonly reason: string };
