import { pino } from 'pino';
import type { LogLevel } from './config.ts';
import type { Fields } from './errors.ts';

/** A line is a constant message and fields. */
export interface Log {
  readonly info: (message: string, fields?: Fields) => void;
  readonly warn: (message: string, fields?: Fields) => void;
  readonly error: (message: string, fields?: Fields) => void;
  /** Writes out what is still in memory. To be called before the process ends. */
  readonly flush: () => void;
}

/**
 * Lines wait for this many bytes or milliseconds, whichever comes first, so that a review does not pay for a write of its own. pino writes 16 KiB at the most.
 */
const BUFFER = 16_000;
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
