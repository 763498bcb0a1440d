import type { Environment } from '../../config/variables.ts';
import { LockstepError } from '../../errors.ts';

/** What a command has of the process it runs in. */
export interface Shell {
  readonly env: Environment;
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** Standard input, piece by piece. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** The folder lockstep is installed in: `manifests/` is there. */
  readonly root: string;
  /** CPU time of this thread, from any start. Milliseconds. */
  readonly cpu: () => number;
  /** Calls the listener for each SIGTERM and SIGINT. */
  readonly onSignal: (listener: () => void) => void;
}

export interface Stream {
  readonly write: (text: string) => unknown;
  readonly fd: number;
  /** Somebody reads along. */
  readonly isTTY?: boolean | undefined;
  /** Of that terminal. */
  readonly columns?: number | undefined;
}

/** On a terminal, unless NO_COLOR (https://no-color.org) or a dumb terminal asks for none; FORCE_COLOR asks for it anywhere, as for a CI log. */
export function coloured({ isTTY }: Pick<Stream, 'isTTY'>, env: Environment): boolean {
  if ((env.NO_COLOR ?? '') !== '') return false;
  if ((env.FORCE_COLOR ?? '') !== '') return env.FORCE_COLOR !== '0';
  return isTTY === true && env.TERM !== 'dumb';
}

/** Standard input is read only where it is asked for: of a pipeline without one it would be empty, and empty is clean. */
export function requirePaths(paths: readonly string[], command: string): void {
  if (paths.length === 0) throw new LockstepError('NO_PATH', [command]);
}
