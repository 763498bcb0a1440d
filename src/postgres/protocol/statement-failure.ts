import pg from 'pg';
import { LoginFailure } from '../../dial/login-failure.ts';
import type { LoginFault } from '../../engine/login/result/login-result.ts';
import { UnexpectedValue } from './columns.ts';
import { loginFaultOf } from './error-response.ts';

/** A failed statement. It does not keep the server's message, because that may quote the statement. */
export class StatementFailure extends Error {
  override readonly name = 'StatementFailure';
  /** Undefined if no answer arrived. The effect of the statement is then unknown. */
  readonly sqlstate: string | undefined;
  /** The function of the server's source that raised the error. A pooler sends none. */
  readonly routine: string | undefined;
  /**
   * The fault that this answer would mean for a login. A pooler connects to its server only with the first statement.
   */
  readonly fault: LoginFault;

  private constructor(fault: LoginFault, sqlstate?: string, routine?: string) {
    super(sqlstate ?? 'no answer');
    this.fault = fault;
    this.sqlstate = sqlstate;
    this.routine = routine;
  }

  /** `sessionError` has ended the session, if it is given. */
  static of(error: unknown, sessionError?: Error | null): StatementFailure {
    if (!(error instanceof pg.DatabaseError))
      return new StatementFailure(unansweredFault(sessionError ?? error));
    const { code: sqlstate = 'XX000', message, routine } = error;
    return new StatementFailure(loginFaultOf({ sqlstate, message, routine }), sqlstate, routine);
  }

  get isUnanswered(): boolean {
    return this.sqlstate === undefined;
  }
}

function unansweredFault(error: unknown): LoginFault {
  if (error instanceof LoginFailure) return error.fault;
  if (error instanceof UnexpectedValue) return 'not-postgres';
  return isQueryTimeout(error) ? 'timeout' : 'cut';
}

/** pg sets no code for this error. */
const isQueryTimeout = (error: unknown): boolean =>
  error instanceof Error && error.message === 'Query read timeout';
