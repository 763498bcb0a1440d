import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Daemon, startDaemon } from '../process/daemon.ts';
import { onProcessEnd } from '../process/guard.ts';

/** A cluster's own folder, and the programs that run in it. */
export interface Workspace {
  readonly dir: string;
  /** Logs to `NAME.log` in the folder. */
  start(program: {
    readonly name: string;
    readonly command: string;
    readonly args: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  }): Daemon;
  /** Stops everything that was started here, the last one first, and removes the folder. */
  close(): Promise<void>;
  /** Leaves programs and folder alone when this process ends. Returns the ids of the programs. */
  leave(): number[];
}

export function openWorkspace(): Workspace {
  const dir = mkdtempSync(join(tmpdir(), 'lockstep-testbed-'));
  const daemons: Daemon[] = [];
  // The pause lets the programs be killed first: they would write into the folder while it is removed.
  const callOff = onProcessEnd('sleep 1; rm -rf "$1"', dir);
  return {
    dir,
    start: (program) => {
      const daemon = startDaemon({ ...program, dir, logFile: join(dir, `${program.name}.log`) });
      daemons.push(daemon);
      return daemon;
    },
    close: async () => {
      for (const daemon of daemons.splice(0).reverse()) await daemon.stop();
      callOff();
      rmSync(dir, { recursive: true, force: true });
    },
    leave: () => {
      callOff();
      for (const daemon of daemons) daemon.leave();
      return daemons.filter((daemon) => daemon.isRunning()).map(({ pid }) => pid);
    },
  };
}
