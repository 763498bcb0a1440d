import { pino } from 'pino';
import sonicBoom from 'sonic-boom';
import type { LogLevel } from './config/config.ts';
import type { LogFields } from './errors/safe-fields.ts';

/** A line has a constant message and fields. */
export interface Log {
  readonly info: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
}

/** The log of a process, which ends with it. */
export interface ProcessLog extends Log {
  /** Begins to write the lines that are still in memory. */
  readonly flush: () => void;
  /** Writes the lines that are still in memory, for a second at most. Lines that follow are ignored. */
  readonly close: () => Promise<void>;
}

/**
 * Lines wait for this many bytes or milliseconds, whichever comes first. Otherwise each review would pay for a write of
 * its own.
 */
const MIN_WRITE_BYTES = 8 * 1024;
const FLUSH_INTERVAL_MS = 500;
/** Limit of waiting bytes while the disk is full or nothing reads the pipe. Further lines are lost. */
const MAX_PENDING_BYTES = 1024 * 1024;
/** The wait of `close` for a reader that has stopped. */
const CLOSE_TIMEOUT_MS = 1000;

/** Up to this number of characters, the fields of a line are written unchanged. */
const MAX_UNCUT_FIELDS = 4000;
/** Limit of one text in a long line, in characters. The longest name of Kubernetes has 253. */
const MAX_TEXT_LENGTH = 1000;
/** Limit of one list in a long line. */
const MAX_ITEMS = 50;

/** Writes JSON lines to a file descriptor. No caller waits and nothing throws: a log line must not delay a review. */
export function createLog(fd: number, level: LogLevel, onLostLine: () => void): ProcessLog {
  // Not `pino.destination`: at the exit of the process it tries to write until the disk has room again.
  const output = new sonicBoom.SonicBoom({
    fd,
    sync: false,
    minLength: MIN_WRITE_BYTES,
    maxLength: MAX_PENDING_BYTES,
    periodicFlush: FLUSH_INTERVAL_MS,
  });
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: shortened },
    },
    output,
  );

  let lostLines = 0;
  output.on('drop', () => {
    lostLines += 1;
    onLostLine();
  });
  output.on('drain', () => {
    if (lostLines === 0) return;
    const lines = lostLines;
    lostLines = 0;
    logger.error({ lines }, 'log lines were lost');
  });
  // The lines stay in memory, and the next flush tries to write them again.
  output.on('error', () => {});

  return {
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    flush: () => output.flush(),
    close: () => {
      // A closed output throws at a line.
      logger.level = 'silent';
      return closeOutput(output);
    },
  };
}

function closeOutput(output: sonicBoom.SonicBoom): Promise<void> {
  return new Promise((resolve) => {
    output.once('close', resolve);
    output.once('error', () => resolve());
    setTimeout(resolve, CLOSE_TIMEOUT_MS).unref();
    output.end();
  });
}

/** Shortens the fields of a long line: a client that is not the API server may send names of megabytes. */
function shortened(fields: object): Record<string, unknown> {
  const json = JSON.stringify(fields);
  return json.length <= MAX_UNCUT_FIELDS ? { ...fields } : JSON.parse(JSON.stringify(fields, truncateValue));
}

function truncateValue(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && value.length > MAX_TEXT_LENGTH)
    return `${value.slice(0, MAX_TEXT_LENGTH)}…`;
  if (!Array.isArray(value) || value.length <= MAX_ITEMS) return value;
  return [...value.slice(0, MAX_ITEMS), `… and ${value.length - MAX_ITEMS} more`];
}
