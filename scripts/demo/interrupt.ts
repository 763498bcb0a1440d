import { constants } from 'node:os';

/** Rejects at Ctrl-C and its like, and sets the exit code that a shell expects then. */
export function whenInterrupted(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      // Not `once`: execa's own handler ends the process at once where it finds no other than itself.
      process.on(signal, () => reject(new Interrupted(signal)));
    }
  });
}

export class Interrupted extends Error {
  /** 128 and the number of the signal. */
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(`ended by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}
