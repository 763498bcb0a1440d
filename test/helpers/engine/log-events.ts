import type { Log } from '../../../src/log.ts';

export interface LogEvents {
  readonly log: Log;
  /** `LEVEL MESSAGE`, as they came. */
  readonly lines: readonly string[];
  /** The fields of the last line of this message. */
  readonly fieldsOf: (message: string) => unknown;
}

/** A log that is listened to. */
export function logEvents(): LogEvents {
  const events: string[] = [];
  const fields = new Map<string, unknown>();
  const recorder = (level: string) => (message: string, of?: object) => {
    events.push(`${level} ${message}`);
    fields.set(message, of);
  };
  const log = {
    info: recorder('info'),
    warn: recorder('warn'),
    error: recorder('error'),
  };
  return { log, lines: events, fieldsOf: (message) => fields.get(message) };
}
