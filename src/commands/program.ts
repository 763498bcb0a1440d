import type { Command } from 'commander';
import { addAudit } from './audit/command.ts';
import { addCerts } from './certs/command.ts';
import { addCheck } from './check/command.ts';
import { createProgram, runProgram, type SetExitCode } from './cli/run-program.ts';
import type { Shell } from './cli/shell.ts';
import { addCompletion } from './completion/command.ts';
import { addConnect } from './connect/command.ts';
import { addController } from './controller/command.ts';
import { addDoctor } from './doctor/command.ts';
import { addExplain } from './explain/command.ts';
import { addFindValue } from './find-value/command.ts';
import { addGenerate } from './generate/command.ts';
import { addHeal } from './heal/command.ts';
import { addHistory } from './history/command.ts';
import { addInitDb } from './init-db/command.ts';
import { addPolicy } from './policy/command.ts';
import { addProbe } from './probe/command.ts';
import { addRender } from './render/command.ts';
import { addRollback } from './rollback/command.ts';
import { addRotate } from './rotate/command.ts';
import { addServe } from './serve/command.ts';
import { addUses } from './uses/command.ts';
import { addVersion } from './version/command.ts';

/**
 * Runs one command line. Resolves with the exit code, which is 2 if the command could not run. `--version` is a
 * command, because it reads a file.
 */
export const run = (args: readonly string[], shell: Shell): Promise<number> =>
  runProgram(args[0] === '--version' ? ['version', '--client'] : args, shell, addCommands);

/** Every command with its options. Nothing runs yet. */
export const programOf = (shell: Shell, setExitCode: SetExitCode): Command =>
  createProgram(shell, addCommands, setExitCode);

function addCommands(program: Command, shell: Shell, setExitCode: SetExitCode): void {
  // Only for the help: `run` reads it.
  program.enablePositionalOptions().option('--version', 'print the version of this program');
  program.commandsGroup('Manifests and policies:');
  addCheck(program, shell, setExitCode);
  addRender(program, shell, setExitCode);
  addGenerate(program, shell, setExitCode);
  addExplain(program, shell);
  addPolicy(program, shell, setExitCode);
  program.commandsGroup('A cluster and its Secrets:');
  addAudit(program, shell, setExitCode);
  addDoctor(program, shell, setExitCode);
  addConnect(program, shell, setExitCode);
  addFindValue(program, shell, setExitCode, async () => (await import('./rotate/rotate.ts')).rotate);
  addUses(program, shell, setExitCode);
  addHistory(program, shell);
  addHeal(program, shell, setExitCode);
  addRollback(program, shell, setExitCode);
  addRotate(program, shell, setExitCode);
  addProbe(program, shell, setExitCode);
  program.commandsGroup('In a pod:');
  addServe(program, shell);
  addController(program, shell);
  addCerts(program, shell);
  addInitDb(program, shell, setExitCode);
  program.commandsGroup('This program:');
  addVersion(program, shell);
  addCompletion(program, shell);
}
