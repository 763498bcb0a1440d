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
  readonly isAuthenticated: boolean;
  /** Of `tls`. */
  readonly tlsFault: TlsFault | undefined;
  /** Of `weak-method`. */
  readonly weak: WeakMethod | undefined;

  static tls(why: TlsFault): LoginFailure {
    return new LoginFailure('tls', undefined, false, why);
  }

  static weak(askedMethod: WeakMethod['asked'], because?: WeakMethod['because']): LoginFailure {
    return new LoginFailure('weak-method', undefined, false, undefined, { asked: askedMethod, because });
  }

  constructor(
    fault: LoginFault,
    sqlstate?: string,
    isAuthenticated = false,
    why?: TlsFault,
    weak?: WeakMethod,
  ) {
    super(sqlstate === undefined ? fault : `${fault} (${sqlstate})`);
    this.fault = fault;
    this.sqlstate = sqlstate;
    this.isAuthenticated = isAuthenticated;
    this.tlsFault = why;
    this.weak = weak;
  }
}
