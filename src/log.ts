import { Buffer } from 'node:buffer';
import { write, writeSync } from 'node:fs';
import { LOG_LEVELS, type LogLevel } from './config.ts';
import { type Fields, systemCode } from './errors.ts';

/** A line is a constant message and fields. */
export interface Log {
  readonly info: (message: string, fields?: Fields) => void;
  readonly warn: (message: string, fields?: Fields) => void;
  readonly error: (message: string, fields?: Fields) => void;
  /** Writes out what is still in memory. To be called before the process ends. */
  readonly flush: () => void;
}

/** Lines wait for this many bytes or milliseconds, whichever comes first, so that a review does not pay for a write of its own. */
const BUFFER = 16_000;
const FLUSH = 500;
/** Until a pipe that is full is tried again. Milliseconds. */
const PAUSE = 20;
/** The most bytes that wait: on a full disk, or in a pipe that is not read. Lines past that are dropped. */
const MOST_WAITING = 1024 * 1024;

/** Below this a line is written as it is. Characters. */
const LONG_LINE = 4000;
/** The most characters of one text in a long line; the longest name has 253. */
const LONGEST_TEXT = 1000;
/** The most items of one list in a long line. */
const MOST_ITEMS = 50;

/** JSON lines to a file descriptor. */
export function openLog(fd: number, level: LogLevel): Log {
  const out = writerTo(fd);
  const least = LOG_LEVELS.indexOf(level);
  const writer =
    (at: LogLevel): Log['info'] =>
    (message, fields) => {
      if (LOG_LEVELS.indexOf(at) < least) return;
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

interface Writer {
  readonly add: (line: string) => void;
  /** Before it returns, and without waiting for whoever does not read. */
  readonly flush: () => void;
}

/** A line that can't be written is tried again later. No caller waits for it, and nothing throws: a log is not worth a review. */
function writerTo(fd: number): Writer {
  let waiting = '';
  let writing: Buffer = Buffer.alloc(0);
  let isUnderWay = false;
  setInterval(send, FLUSH).unref();

  function send(): void {
    if (isUnderWay || !take()) return;
    isUnderWay = true;
    write(fd, writing, (error, written) => {
      isUnderWay = false;
      if (error) {
        if (isFull(error)) setTimeout(send, PAUSE).unref();
        return;
      }
      writing = writing.subarray(written);
      if (writing.length > 0 || waiting.length > BUFFER) send();
    });
  }

  /** Says whether there is something to write. */
  function take(): boolean {
    if (writing.length > 0) return true;
    writing = Buffer.from(waiting, 'utf8');
    waiting = '';
    return writing.length > 0;
  }

  return {
    add: (line) => {
      if (waiting.length + line.length > MOST_WAITING) return;
      waiting += line;
      if (waiting.length > BUFFER) send();
    },
    flush: () => {
      // A line that is under way may be written in part already: only what comes after it is known to be unwritten.
      if (isUnderWay) {
        waiting = writeNow(fd, Buffer.from(waiting, 'utf8')).toString('utf8');
        return;
      }
      while (take()) {
        const left = writeNow(fd, writing);
        if (left.length === writing.length) return;
        writing = left;
      }
    },
  };
}

/** Lines that could not be written: the disk is full, or the reader of the pipe has stopped for a second. */
function writeNow(fd: number, bytes: Buffer): Buffer {
  let left = bytes;
  for (let patience = 50; left.length > 0 && patience > 0; ) {
    try {
      left = left.subarray(writeSync(fd, left));
    } catch (error) {
      if (!isFull(error)) return left;
      patience -= 1;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
  return left;
}

/** A pipe whose reader is behind. */
const isFull = (error: unknown): boolean => systemCode(error) === 'EAGAIN';

/** Whoever is not the API server may send names of megabytes. */
function lineOf(fields: Fields): string {
  const line = JSON.stringify(fields);
  return line.length <= LONG_LINE ? line : JSON.stringify(fields, shortened);
}

function shortened(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && value.length > LONGEST_TEXT) return `${value.slice(0, LONGEST_TEXT)}…`;
  if (!Array.isArray(value) || value.length <= MOST_ITEMS) return value;
  return [...value.slice(0, MOST_ITEMS), `… and ${value.length - MOST_ITEMS} more`];
}
