import type { Test } from 'tap';
import type { FailureCluster } from './failure-cluster.ts';
import { type FailureRow, seconds } from './row.ts';

/** One line of the matrix: how it is made, what must be seen then, and how it ends. It leaves the cluster as it was. */
export interface Failure {
  readonly name: string;
  readonly run: (t: Test, env: FailureCluster, observe: Observer) => Promise<void>;
}

/** Records the observations. */
export interface Observer {
  /** A user runs kubectl, or helm. */
  user<Result extends CommandOutput>(run: () => Promise<Result>): Promise<Result & WaitResult>;
  /** In a few words: what became of the users' writes. */
  seen(what: string): void;
  /** Runs a command that docs/operate/failure-modes.md gives, which must succeed. Resolves with what it prints. */
  fix(command: string, exitCode?: number): Promise<string>;
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

export async function observe(t: Test, env: FailureCluster, { name, run }: Failure): Promise<FailureRow> {
  const reported: string[] = [];
  const seen: string[] = [];
  const lasted: string[] = [];
  const fix: string[] = [];
  await run(t, env, {
    user: async (write) => {
      const began = performance.now();
      const result = await write();
      reported.push(result.stdout, result.stderr);
      return { ...result, ms: performance.now() - began };
    },
    seen: (what) => void seen.push(what),
    fix: async (command, expected = 0) => {
      fix.push(command);
      const { exitCode, output } = await env.shell.run(command);
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
    userMessage: reported,
    symptoms: seen.join('; '),
    duration: lasted.join('; '),
    fix,
  };
}
