import { format } from 'node:util';
import { ERRORS, type ErrorCode, type ErrorEntry } from './errors/table.ts';

/** What is logged of an error. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A release is several bundles, each with a class of its own. */
const BRAND: unique symbol = Symbol.for('lockstep.error') as never;

export class LockstepError extends Error {
  readonly [BRAND] = true;
  readonly code: `LOCKSTEP_${ErrorCode}`;
  /** HTTP status it is answered with; 500 for those that end the process. */
  readonly status: number;
  /** Exit code of the process; 1 for those that are answered. */
  readonly exitCode: number;
  /** The message without its hint. */
  readonly problem: string;

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  constructor(code: ErrorCode, details: readonly unknown[] = [], cause?: unknown) {
    const entry: ErrorEntry = ERRORS[code];
    const ofProblem = entry.problem.match(/%[sd]/g)?.length ?? 0;
    const problem = format(entry.problem, ...details.slice(0, ofProblem));
    const hint = entry.hint && format(entry.hint, ...details.slice(ofProblem));
    super(hint === undefined ? problem : `${problem}; ${hint}`, cause === undefined ? undefined : { cause });
    this.name = 'LockstepError';
    this.problem = problem;
    this.code = `LOCKSTEP_${code}`;
    this.status = entry.http ?? 500;
    this.exitCode = entry.exit ?? 1;
  }
}

/** Whether somebody else was first: what was read is no longer so. */
export const isConflict = (error: unknown): boolean =>
  error instanceof LockstepError && error.code === 'LOCKSTEP_CLUSTER_CONFLICT';

/** What the operating system calls it, without the path it may repeat: `EACCES`. */
export function systemCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}

/** What may be said of an error of unknown origin: its message may quote a value, its class and its place in the code can't. */
export function safeErrorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const { stack = '', message } = error;
  const place = stack.slice(stack.indexOf(message) + message.length);
  const frames = place.split('\n').filter((line) => line.startsWith('    at '));
  const code = 'code' in error ? error.code : undefined;
  return { error: error.name, code, at: frames.slice(0, 8).map((line) => line.trim()) };
}

/** An error as fields. Our own say what they mean; of others only the place is told. */
export function errorFields(error: unknown): LogFields {
  return error instanceof LockstepError
    ? { code: error.code, reason: error.message }
    : safeErrorFields(error);
}
