import { Buffer } from 'node:buffer';
import { write, writeSync } from 'node:fs';
import { LOG_LEVELS, type LogLevel } from './config.ts';
import { type LogFields, systemCode } from './errors.ts';

/** A line is a constant message and fields. */
export interface Log {
  readonly info: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
  /** Writes out what is still in memory. To be called before the process ends. */
  readonly flush: () => void;
}

/** Lines wait for this many bytes or milliseconds, whichever comes first, so that a review does not pay for a write of its own. */
const BUFFER_CHARACTERS = 16_000;
const FLUSH_INTERVAL_MS = 500;
/** Until a pipe that is full is tried again. Milliseconds. */
const RETRY_DELAY_MS = 20;
/** The most bytes that wait: on a full disk, or in a pipe that is not read. Lines past that are dropped. */
const MAX_PENDING = 1024 * 1024;

/** Below this a line is written as it is. Characters. */
const MAX_UNCUT_LINE = 4000;
/** The most characters of one text in a long line; the longest name has 253. */
const MAX_TEXT_LENGTH = 1000;
/** The most items of one list in a long line. */
const MAX_ITEMS = 50;

/** JSON lines to a file descriptor. */
export function createLog(fd: number, level: LogLevel): Log {
  const out = bufferedWriter(fd);
  const minLevel = LOG_LEVELS.indexOf(level);
  const writer =
    (at: LogLevel): Log['info'] =>
    (message, fields) => {
      if (LOG_LEVELS.indexOf(at) < minLevel) return;
      const time = new Date().toISOString();
      out.add(`${lineOf({ level: at, time, ...fields, message })}\n`);
    };
  return {
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    flush: out.flush,
  };
}

interface BufferedWriter {
  readonly add: (line: string) => void;
  /** Before it returns, and without waiting for whoever does not read. */
  readonly flush: () => void;
}

/** A line that can't be written is tried again later. No caller waits for it, and nothing throws: a log is not worth a review. */
function bufferedWriter(fd: number): BufferedWriter {
  let pending = '';
  let writing: Buffer = Buffer.alloc(0);
  let isWriting = false;
  setInterval(send, FLUSH_INTERVAL_MS).unref();

  function send(): void {
    if (isWriting || !takePending()) return;
    isWriting = true;
    write(fd, writing, (error, written) => {
      isWriting = false;
      if (error) {
        if (isPipeFull(error)) setTimeout(send, RETRY_DELAY_MS).unref();
        return;
      }
      writing = writing.subarray(written);
      if (writing.length > 0 || pending.length > BUFFER_CHARACTERS) send();
    });
  }

  /** Says whether there is something to write. */
  function takePending(): boolean {
    if (writing.length > 0) return true;
    writing = Buffer.from(pending, 'utf8');
    pending = '';
    return writing.length > 0;
  }

  return {
    add: (line) => {
      if (pending.length + line.length > MAX_PENDING) return;
      pending += line;
      if (pending.length > BUFFER_CHARACTERS) send();
    },
    flush: () => {
      // A line that is under way may be written in part already: only what comes after it is known to be unwritten.
      if (isWriting) {
        pending = writeNow(fd, Buffer.from(pending, 'utf8')).toString('utf8');
        return;
      }
      while (takePending()) {
        const remaining = writeNow(fd, writing);
        if (remaining.length === writing.length) return;
        writing = remaining;
      }
    },
  };
}

/** Lines that could not be written: the disk is full, or the reader of the pipe has stopped for a second. */
function writeNow(fd: number, bytes: Buffer): Buffer {
  let remaining = bytes;
  for (let retriesLeft = 50; remaining.length > 0 && retriesLeft > 0; ) {
    try {
      remaining = remaining.subarray(writeSync(fd, remaining));
    } catch (error) {
      if (!isPipeFull(error)) return remaining;
      retriesLeft -= 1;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_DELAY_MS);
    }
  }
  return remaining;
}

/** A pipe whose reader is behind. */
const isPipeFull = (error: unknown): boolean => systemCode(error) === 'EAGAIN';

/** Whoever is not the API server may send names of megabytes. */
function lineOf(fields: LogFields): string {
  const line = JSON.stringify(fields);
  return line.length <= MAX_UNCUT_LINE ? line : JSON.stringify(fields, truncateValue);
}

function truncateValue(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && value.length > MAX_TEXT_LENGTH)
    return `${value.slice(0, MAX_TEXT_LENGTH)}…`;
  if (!Array.isArray(value) || value.length <= MAX_ITEMS) return value;
  return [...value.slice(0, MAX_ITEMS), `… and ${value.length - MAX_ITEMS} more`];
}
