import { pino } from 'pino';
import { LockstepError } from './errors.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type Fields = Readonly<Record<string, unknown>>;

/** A line is a constant message and fields. */
export interface Log {
  readonly info: (message: string, fields?: Fields) => void;
  readonly warn: (message: string, fields?: Fields) => void;
  readonly error: (message: string, fields?: Fields) => void;
  /** Writes out what is still in memory. To be called before the process ends. */
  readonly flush: () => void;
}

/** Lines wait for this many bytes or milliseconds, whichever comes first, so that a review does not pay for a write of its own. */
const BUFFER = 4096;
const FLUSH = 500;

/** JSON lines to a file descriptor. */
export function openLog(fd: number, level: LogLevel): Log {
  const destination = pino.destination({ dest: fd, sync: false, minLength: BUFFER, periodicFlush: FLUSH });
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    flush: () => destination.flushSync(),
  };
}

/** What may be said of an error of unknown origin: its message may quote a value, its class and its place in the code can't. */
export function describe(error: unknown): Fields {
  if (!(error instanceof Error)) return { error: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  const code = 'code' in error ? error.code : undefined;
  return { error: error.name, code, at: frames.slice(0, 8).map((line) => line.trim()) };
}

/** An error as fields. Our own say what they mean; of others only the place is told. */
export function complaint(error: unknown): Fields {
  return error instanceof LockstepError ? { code: error.code, reason: error.message } : describe(error);
}
