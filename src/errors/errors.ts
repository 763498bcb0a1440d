import { format } from 'node:util';
import { type LogFields, safeErrorFields } from './safe-fields.ts';
import { ERRORS, type ErrorCode, type ErrorEntry } from './table.ts';

export class LockstepError extends Error {
  readonly code: `LOCKSTEP_${ErrorCode}`;
  /** HTTP status of the answer; 500 for errors that end the process. */
  readonly status: number;
  /** Exit code of the process; 1 for errors that are answered. */
  readonly exitCode: number;
  /** The message without its hint. */
  readonly problem: string;

  constructor(code: ErrorCode, details: readonly unknown[] = [], cause?: unknown) {
    const entry: ErrorEntry = ERRORS[code];
    const ofProblem = entry.problem.match(/%[sd]/g)?.length ?? 0;
    const problem = format(entry.problem, ...details.slice(0, ofProblem));
    const ofHint = details.slice(ofProblem);
    // A hint whose details are absent does not apply.
    const isHinted = (entry.hint?.match(/%[sd]/g)?.length ?? 0) <= ofHint.length;
    const hint = isHinted ? entry.hint && format(entry.hint, ...ofHint) : undefined;
    super(hint === undefined ? problem : `${problem}; ${hint}`, cause === undefined ? undefined : { cause });
    this.name = 'LockstepError';
    this.problem = problem;
    this.code = `LOCKSTEP_${code}`;
    this.status = entry.http ?? 500;
    this.exitCode = entry.http === undefined ? 2 : 1;
  }
}

/** Another client wrote first: the object changed after it was read. */
export const isConflict = (error: unknown): boolean =>
  error instanceof LockstepError && error.code === 'LOCKSTEP_CLUSTER_CONFLICT';

/** The name that the operating system gives to the error, such as `EACCES`, without the path in the message. */
export function systemCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}

/** An error as fields: a LockstepError with its message, any other error only with its place in the code. */
export function errorFields(error: unknown): LogFields {
  return error instanceof LockstepError
    ? { code: error.code, reason: error.message }
    : safeErrorFields(error);
}
