import { Buffer } from 'node:buffer';
import { write, writeSync } from 'node:fs';
import { LOG_LEVELS, type LogLevel } from './config.ts';
import type { LogFields } from './errors/safe-fields.ts';
import { systemCode } from './errors.ts';

/** A line has a constant message and fields. */
export interface Log {
  readonly info: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
  /** Writes the lines that are still in memory. Every process calls it before it ends. */
  readonly flush: () => void;
}

/**
 * Lines wait for this many characters or milliseconds, whichever comes first. Otherwise each review would pay for a
 * write of its own. An empty pipe of Linux takes 64 KiB at once.
 */
const BUFFER_CHARACTERS = 48_000;
const FLUSH_INTERVAL_MS = 500;
/** Delay before a full pipe is tried again. */
const RETRY_DELAY_MS = 20;
/** Limit of waiting characters while the disk is full or nothing reads the pipe. Further lines are dropped. */
const MAX_PENDING = 1024 * 1024;

/** Up to this number of characters, a line is written unchanged. */
const MAX_UNCUT_LINE = 4000;
/** Limit of one text in a long line, in characters. The longest name of Kubernetes has 253. */
const MAX_TEXT_LENGTH = 1000;
/** Limit of one list in a long line. */
const MAX_ITEMS = 50;

/** Writes JSON lines to a file descriptor. */
export function createLog(fd: number, level: LogLevel): Log {
  const out = bufferedWriter(fd);
  const minLevel = LOG_LEVELS.indexOf(level);
  const writer = (level: LogLevel): Log['info'] => {
    if (LOG_LEVELS.indexOf(level) < minLevel) return () => {};
    return (message, fields) => out.add(`${lineOf(level, message, fields)}\n`);
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
  /** Writes synchronously, and does not wait for a reader that has stopped. */
  readonly flush: () => void;
}

/**
 * Tries a line again later if the write fails. No caller waits and nothing throws: a log line must not delay a review.
 */
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

  /** Returns whether there is something to write. */
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
      // An asynchronous write may have written a part of its lines. Only the lines after it are known to be unwritten.
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

/**
 * Returns the bytes that could not be written: the disk is full, or the reader of the pipe has stopped for a second.
 */
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

/** The reader of the pipe is slower than the log. */
const isPipeFull = (error: unknown): boolean => systemCode(error) === 'EAGAIN';

function lineOf(level: LogLevel, message: string, fields: LogFields = {}): string {
  const inner = fieldsOf(fields).slice(1, -1);
  const head = `{"level":"${level}","time":"${isoTime()}",`;
  return `${head}${inner}${inner === '' ? '' : ','}"message":${JSON.stringify(message)}}`;
}

/** Shortens the fields of a long line: a client that is not the API server may send names of megabytes. */
function fieldsOf(fields: LogFields): string {
  const json = JSON.stringify(fields);
  return json.length <= MAX_UNCUT_LINE ? json : JSON.stringify(fields, truncateValue);
}

let lastTime = 0;
let lastIsoTime = '';

/** A thousand lines of one millisecond share one text. */
function isoTime(): string {
  const now = Date.now();
  if (now !== lastTime) {
    lastTime = now;
    lastIsoTime = new Date(now).toISOString();
  }
  return lastIsoTime;
}

function truncateValue(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && value.length > MAX_TEXT_LENGTH)
    return `${value.slice(0, MAX_TEXT_LENGTH)}…`;
  if (!Array.isArray(value) || value.length <= MAX_ITEMS) return value;
  return [...value.slice(0, MAX_ITEMS), `… and ${value.length - MAX_ITEMS} more`];
}
