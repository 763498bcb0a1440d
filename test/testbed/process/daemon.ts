import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { onProcessEnd } from './guard.ts';

/** A program that runs until it is stopped, or until the process that started it ends. */
export interface Daemon {
  readonly name: string;
  readonly pid: number;
  /** All it has written so far, both streams. */
  log(): string;
  isRunning(): boolean;
  /** Resolves with the exit code, or null where a signal ended it. SIGKILL unless told, and after 30 s of anything else. */
  stop(signal?: StopSignal): Promise<number | null>;
  /** From now on it runs on when this process ends. */
  leave(): void;
}

type StopSignal = 'SIGKILL' | 'SIGTERM' | 'SIGINT' | 'SIGQUIT';

export interface DaemonOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Its working directory and HOME. */
  readonly dir: string;
  /** Appended to, so that the log of a program that is started again is one log. */
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Who it runs as; the user of this process unless told. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** What ends it when this process has ended; SIGKILL unless told. */
  readonly lastSignal?: StopSignal;
}

/** As a Pod of ours has: terminationGracePeriodSeconds. */
const STOP_TIMEOUT_MS = 30_000;

export function startDaemon(options: DaemonOptions): Daemon {
  const log = openSync(options.logFile, 'a', 0o600);
  const child = spawn(options.command, options.args, {
    cwd: options.dir,
    // A group of its own: Ctrl-C on the terminal is for us to act on.
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH, HOME: options.dir, ...options.env },
    ...options.user,
  });
  closeSync(log);
  child.unref();
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`can't start ${options.command}`);
  const callOff = onProcessEnd(`kill -${(options.lastSignal ?? 'SIGKILL').slice(3)} "$1"`, String(pid));
  void exited.then(callOff);

  return {
    name: options.name,
    pid,
    log: () => readFileSync(options.logFile, 'utf8'),
    isRunning: () => isRunning(child),
    leave: callOff,
    stop: async (signal = 'SIGKILL') => {
      if (!isRunning(child)) return child.exitCode;
      // An unreferenced child does not keep the event loop alive until it has gone.
      child.ref();
      child.kill(signal);
      const killTimer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(killTimer);
      return child.exitCode;
    },
  };
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;
