import pg from 'pg';
import type { LoginFault } from '../../engine/login/login-result.ts';
import { loginFaultOf } from './error-response.ts';

/** A statement that came to nothing. What the server said is not kept: it may quote the statement. */
export class StatementFailure extends Error {
  override readonly name = 'StatementFailure';
  /** Undefined: no answer came, and nobody knows what became of it. */
  readonly sqlstate: string | undefined;
  /** The function of the server's source that raised it; a pooler gives none. */
  readonly routine: string | undefined;
  /** What it would mean as the answer to a login: a pooler goes to its server only with the first statement. */
  readonly fault: LoginFault;

  private constructor(fault: LoginFault, sqlstate?: string, routine?: string) {
    super(sqlstate ?? 'no answer');
    this.fault = fault;
    this.sqlstate = sqlstate;
    this.routine = routine;
  }

  static of(error: unknown): StatementFailure {
    if (!(error instanceof pg.DatabaseError))
      return new StatementFailure(isQueryTimeout(error) ? 'timeout' : 'cut');
    const { code: sqlstate = 'XX000', message, routine } = error;
    return new StatementFailure(loginFaultOf({ sqlstate, message, routine }), sqlstate, routine);
  }

  get isUnanswered(): boolean {
    return this.sqlstate === undefined;
  }
}

/** pg gives this one no code. */
const isQueryTimeout = (error: unknown): boolean =>
  error instanceof Error && error.message === 'Query read timeout';
