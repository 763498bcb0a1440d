import type { LoginFault, TlsFault, WeakMethod } from '../../engine/login/login-result.ts';

/**
 * A login that came to nothing. Of what the server said only its SQLSTATE is kept: its text may quote anything.
 */
export class LoginFailure extends Error {
  override readonly name = 'LoginFailure';
  readonly fault: LoginFault;
  /** Five characters, where the server gave one. */
  readonly sqlstate: string | undefined;
  /** The server had taken the password before it refused the rest. */
  readonly proven: boolean;
  /** Of `tls`. */
  readonly why: TlsFault | undefined;
  /** Of `weak-method`. */
  readonly weak: WeakMethod | undefined;

  static tls(why: TlsFault): LoginFailure {
    return new LoginFailure('tls', undefined, false, why);
  }

  static weak(asked: WeakMethod['asked'], because?: WeakMethod['because']): LoginFailure {
    return new LoginFailure('weak-method', undefined, false, undefined, { asked, because });
  }

  constructor(fault: LoginFault, sqlstate?: string, proven = false, why?: TlsFault, weak?: WeakMethod) {
    super(sqlstate === undefined ? fault : `${fault} (${sqlstate})`);
    this.fault = fault;
    this.sqlstate = sqlstate;
    this.proven = proven;
    this.why = why;
    this.weak = weak;
  }
}
