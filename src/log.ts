import { pino } from 'pino';
import { LOG_LEVELS, type LogLevel } from './config.ts';
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

/** JSON lines to a file descriptor. Lines are made here: pino's logger makes them field by field, through more code. */
export function openLog(fd: number, level: LogLevel): Log {
  const destination = pino.destination({ dest: fd, sync: false, minLength: BUFFER, periodicFlush: FLUSH });
  const least = LOG_LEVELS.indexOf(level);
  const writer =
    (at: LogLevel): Log['info'] =>
    (message, fields) => {
      if (LOG_LEVELS.indexOf(at) < least) return;
      const time = new Date().toISOString();
      destination.write(`${JSON.stringify({ level: at, time, ...fields, message })}\n`);
    };
  return {
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    flush: () => destination.flushSync(),
  };
}
