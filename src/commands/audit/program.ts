import { runProgram } from '../cli/run-program.ts';
import type { Shell } from '../cli/shell.ts';
import { auditCluster } from './audit.ts';
import { addAudit } from './command.ts';

/** `lockstep audit` without the other commands, as a release starts it: it reads many Secrets with little memory. */
export const run = (args: readonly string[], shell: Shell): Promise<number> =>
  runProgram(args, shell, (program, _shell, setExitCode) =>
    addAudit(program, shell, setExitCode, () => Promise.resolve({ auditCluster })),
  );
