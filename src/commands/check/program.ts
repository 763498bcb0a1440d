import { runProgram } from '../cli/run-program.ts';
import type { Shell } from '../cli/shell.ts';
import { checkFiles } from './check-files.ts';
import { addCheck } from './command.ts';

/** `lockstep check` without the other commands, as a release starts it: the less it loads, the sooner it starts. */
export const run = (args: readonly string[], shell: Shell): Promise<number> =>
  runProgram(args, shell, (program, _shell, setExitCode) =>
    addCheck(program, shell, setExitCode, () => Promise.resolve({ checkFiles })),
  );
