import type { Command } from 'commander';
import { runProgram } from '../cli/run-program.ts';
import type { Shell } from '../cli/shell.ts';
import { addServe } from './command.ts';
import { serve } from './serve.ts';

/**
 * The program of the webhook's pod: `lockstep serve` without the other commands. A release starts it for this command,
 * so that the process holds one engine, and nothing that only a laptop needs.
 */
export const run = (args: readonly string[], shell: Shell): Promise<number> =>
  runProgram(args, shell, (program: Command) => addServe(program, shell, () => Promise.resolve({ serve })));
