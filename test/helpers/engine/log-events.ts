import type { Log } from '../../../src/log.ts';

export interface Heard {
  readonly log: Log;
  /** `LEVEL MESSAGE`, as they came. */
  readonly lines: readonly string[];
  /** The fields of the last line of this message. */
  readonly fieldsOf: (message: string) => unknown;
}

/** A log that is listened to. */
export function heardLog(): Heard {
  const lines: string[] = [];
  const fields = new Map<string, unknown>();
  const listening = (level: string) => (message: string, of?: object) => {
    lines.push(`${level} ${message}`);
    fields.set(message, of);
  };
  const log = {
    info: listening('info'),
    warn: listening('warn'),
    error: listening('error'),
    flush: () => {},
  };
  return { log, lines, fieldsOf: (message) => fields.get(message) };
}
