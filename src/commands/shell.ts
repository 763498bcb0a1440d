import type { Environment } from '../config.ts';

/** What a command has of the process it runs in. */
export interface Shell {
  readonly env: Environment;
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** The folder lockstep is installed in: `manifests/` is there. */
  readonly root: string;
  /** Calls the listener for each SIGTERM and SIGINT. */
  readonly onSignal: (listener: () => void) => void;
}

export interface Stream {
  readonly write: (text: string) => unknown;
  readonly fd: number;
}
