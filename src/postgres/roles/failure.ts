import { pageUrl } from '../../engine/secret/finding/docs-url.ts';
import { LockstepError } from '../../errors/errors.ts';
import { StatementFailure } from '../protocol/statement-failure.ts';

/** The known effect of a statement without an answer. */
export type UnansweredEffect = 'nothing' | 'unknown';

export interface StatementContext {
  /** `host:port`. */
  readonly server: string;
  /** Completes "while …". */
  readonly action: string;
  readonly unanswered: UnansweredEffect;
}

/**
 * The LockstepError for a failed statement. With an SQLSTATE the server has answered, so nothing was committed. Without
 * one the connection is lost.
 */
export function postgresError(
  error: unknown,
  { server, action, unanswered }: StatementContext,
): LockstepError {
  if (error instanceof LockstepError) return error;
  if (!(error instanceof StatementFailure)) throw error;
  const { sqlstate } = error;
  if (sqlstate === undefined || endsSession(sqlstate)) {
    const code =
      unanswered === 'unknown' && sqlstate !== IDLE_TIMEOUT
        ? 'POSTGRES_COMMIT_UNKNOWN'
        : 'POSTGRES_CONNECTION_FAILURE';
    return new LockstepError(code, [server, action, sqlstate ?? unansweredReason(error)], error);
  }
  if (isConcurrentChange(error))
    return new LockstepError('POSTGRES_CONCURRENT_CHANGE', [server, action], error);
  const reason = isReadOnly(error)
    ? READ_ONLY_REASON
    : (REASON_BY_SQLSTATE.get(sqlstate) ?? 'its log says why');
  return new LockstepError(
    'POSTGRES_REFUSED',
    [server, `while ${action}: ${reason} (SQLSTATE ${sqlstate})`],
    error,
  );
}

const unansweredReason = ({ fault }: StatementFailure): string =>
  fault === 'not-postgres' ? 'the answer is not that of PostgreSQL, or too long' : 'no answer';

/** No further statement can use that connection. */
export const isConnectionLost = ({ code }: LockstepError): boolean =>
  code === 'LOCKSTEP_POSTGRES_COMMIT_UNKNOWN' || code === 'LOCKSTEP_POSTGRES_CONNECTION_FAILURE';

/**
 * Connection exceptions, and a server that shuts down or has lost a backend. A COMMIT in progress may have succeeded.
 */
const endsSession = (state: string): boolean =>
  state.startsWith('08') || state.startsWith('57P') || state === IDLE_TIMEOUT;

/** idle_in_transaction_session_timeout: the server ended the session, and has committed nothing. */
const IDLE_TIMEOUT = '25P03';

/**
 * If two transactions change one row of a catalog, the later one fails with an internal error. Only its function
 * identifies the error.
 */
const isConcurrentChange = ({ sqlstate = '', routine = '' }: StatementFailure): boolean =>
  CONCURRENT_CHANGE_STATES.has(sqlstate) || (sqlstate === 'XX000' && routine.startsWith('simple_heap_'));

/** lock_not_available, serialization_failure, deadlock_detected, and a role that another client has just created. */
const CONCURRENT_CHANGE_STATES = new Set(['55P03', '40001', '40P01', '23505']);

/** A standby refuses even BEGIN … READ WRITE, with feature_not_supported from this function. */
const isReadOnly = ({ sqlstate, routine }: StatementFailure): boolean =>
  sqlstate === '25006' || (sqlstate === '0A000' && routine === 'call_bool_check_hook');
const READ_ONLY_REASON = 'it is a standby, and only the primary can be written to';

const REASON_BY_SQLSTATE = new Map([
  [
    '42501',
    `the role that is logged in may not do that; ${pageUrl('tasks/create-an-administrator.md')} says which rights it takes`,
  ],
  ['42704', 'there is no such role'],
  ['42710', 'there is such a role already'],
  ['42P04', 'there is such a database already'],
  ['55006', 'a client is connected to it'],
  ['53100', 'its disk is full'],
  ['53200', 'it is out of memory'],
  ['57014', 'it took too long'],
  ['22023', 'a rule for passwords on that server takes no SCRAM verifier'],
  ['0LP01', 'that role can not be granted'],
]);
