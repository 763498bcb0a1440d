import type { LoginFault, TlsFault, WeakMethod } from '../engine/login/result/login-result.ts';

/** A failed login. It keeps only the SQLSTATE of the server's answer, because the text may quote anything. */
export class LoginFailure extends Error {
  override readonly name = 'LoginFailure';
  readonly fault: LoginFault;
  /** Five characters, if the server sent them. */
  readonly sqlstate: string | undefined;
  /** The server had accepted the password before it refused the login. */
  readonly isAuthenticated: boolean;
  /** Set for the fault `tls`. */
  readonly tlsFault: TlsFault | undefined;
  /** Set for the fault `weak-method`. */
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
