import type { Environment } from '../../config/variables.ts';
import { LockstepError } from '../../errors/errors.ts';

/** The parts of its process that a command may use. */
export interface Shell {
  readonly env: Environment;
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** `22.19.0` */
  readonly nodeVersion: string;
  /** Standard input, chunk by chunk. */
  readonly stdin: Input;
  /** The path of the started file, which may be a link. */
  readonly startedAs: string;
  /** The folder in which lockstep is installed. It holds `manifests/`. */
  readonly root: string;
  /** The CPU time of this thread from any start, in milliseconds. */
  readonly cpu: () => number;
  /** Calls the listener for each SIGTERM and SIGINT. */
  readonly onSignal: (listener: () => void) => void;
  /**
   * Calls the handler for each error that no code has caught, and each error of standard output. The process ends if it
   * returns false.
   */
  readonly onUncaughtError: (handler: (error: unknown) => boolean) => void;
}

export interface Input extends AsyncIterable<Uint8Array> {
  readonly isTTY?: boolean | undefined;
  /** Only a terminal has it. In raw mode, the terminal shows no key, and sends each one at once. */
  readonly setRawMode?: (isRaw: boolean) => unknown;
}

export interface Stream {
  readonly write: (text: string) => unknown;
  readonly fd: number;
  readonly isTTY?: boolean | undefined;
}

/**
 * True on a terminal, unless NO_COLOR (https://no-color.org) or a dumb terminal forbids colours. FORCE_COLOR demands
 * them anywhere, for example in a CI log.
 */
export function coloured({ isTTY }: Pick<Stream, 'isTTY'>, env: Environment): boolean {
  if ((env.NO_COLOR ?? '') !== '') return false;
  if ((env.FORCE_COLOR ?? '') !== '') return env.FORCE_COLOR !== '0';
  return isTTY === true && env.TERM !== 'dumb';
}

/** A command reads standard input only on request. A pipeline without input would otherwise pass as clean. */
export function requirePaths(paths: readonly string[], command: string): void {
  if (paths.length === 0) throw new LockstepError('NO_PATH', [command]);
}
