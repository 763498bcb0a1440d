import type { Test } from 'tap';
import type { FailureCluster } from './failure-cluster.ts';
import { type FailureRow, seconds } from './row.ts';

/** One line of the matrix: how it is made, what must be seen then, and how it ends. It leaves the ground as it was. */
export interface Failure {
  readonly name: string;
  readonly run: (t: Test, ground: FailureCluster, witness: Witness) => Promise<void>;
}

/** Records the observations. */
export interface Witness {
  /** A user runs kubectl, or helm. */
  user<Result extends CommandOutput>(run: () => Promise<Result>): Promise<Result & WaitResult>;
  /** In a few words: what became of the users' writes. */
  seen(what: string): void;
  /** Runs a command that docs/operate/failure-modes.md gives, which must succeed. Resolves with what it prints. */
  wayOut(command: string, exitCode?: number): Promise<string>;
  /** For how long users were troubled: until `over` resolves, from now on. */
  lasts(over: () => Promise<void>, from: string): Promise<void>;
}

interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

interface WaitResult {
  /** Milliseconds. */
  readonly ms: number;
}

export async function witness(t: Test, ground: FailureCluster, { name, run }: Failure): Promise<FailureRow> {
  const told: string[] = [];
  const seen: string[] = [];
  const lasted: string[] = [];
  const wayOut: string[] = [];
  await run(t, ground, {
    user: async (write) => {
      const began = performance.now();
      const result = await write();
      told.push(result.stdout, result.stderr);
      return { ...result, ms: performance.now() - began };
    },
    seen: (what) => void seen.push(what),
    wayOut: async (command, expected = 0) => {
      wayOut.push(command);
      const { exitCode, output } = await ground.shell.run(command);
      t.equal(exitCode, expected, `${command}: ${output}`);
      return output;
    },
    lasts: async (over, from) => {
      const began = performance.now();
      await over();
      lasted.push(`${seconds(performance.now() - began)} ${from}`);
    },
  });
  return {
    failure: name,
    userMessage: told,
    symptoms: seen.join('; '),
    duration: lasted.join('; '),
    fix: wayOut,
  };
}
