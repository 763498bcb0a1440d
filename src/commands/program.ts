import { Command, CommanderError } from 'commander';
import { renamedOption } from '../config/renamed-options.ts';
import { LockstepError } from '../errors.ts';
import { addAudit } from './audit/command.ts';
import { addCerts } from './certs/command.ts';
import { addCheck } from './check/command.ts';
import type { Shell } from './cli/shell.ts';
import { addController } from './controller/command.ts';
import { addDoctor } from './doctor/command.ts';
import { addExplain } from './explain/command.ts';
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

/** Columns: the help of each command is one screen of 24 lines. */
const HELP_WIDTH = 100;

/** Runs one command line, `args` without the program's own name. Resolves with the exit code: 2 where it could not run. */
export async function run(args: readonly string[], shell: Shell): Promise<number> {
  let exitCode = 0;
  const program = programOf(shell, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error, shell);
  }
}

/** Every command with its options; nothing runs yet. `endWith` receives the exit code of the command that was run. */
export function programOf(shell: Shell, setExitCode: (exitCode: number) => void): Command {
  const program = new Command('lockstep')
    .description('Keeps the values inside a Kubernetes Secret in step with each other.')
    .exitOverride()
    // `lockstep help NAME` works, and is left out of the list: that is one screen of 24 lines.
    .configureHelp({ visibleCommands: ({ commands }) => [...commands] })
    .configureOutput({
      writeOut: (text) => shell.stdout.write(text),
      writeErr: (text) => shell.stderr.write(text),
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
    });
  addCheck(program, shell, setExitCode);
  addRender(program, shell, setExitCode);
  addGenerate(program, shell, setExitCode);
  addInitDb(program, shell, setExitCode);
  addExplain(program, shell);
  addPolicy(program, shell, setExitCode);
  addAudit(program, shell, setExitCode);
  addServe(program, shell);
  addController(program, shell);
  addCerts(program, shell);
  addProbe(program, shell, setExitCode);
  addHistory(program, shell);
  addHeal(program, shell, setExitCode);
  addRollback(program, shell, setExitCode);
  addRotate(program, shell, setExitCode);
  addDoctor(program, shell, setExitCode);
  for (const each of [program, ...program.commands])
    each.configureOutput({ outputError: (text, write) => write(oneSentence(text, each)) });
  return program;
}

function exitCodeOf(error: unknown, shell: Shell): number {
  // commander has said what was wrong, or printed the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof LockstepError) {
    shell.stderr.write(`lockstep: ${error.message}\n`);
    return error.exitCode;
  }
  throw error;
}

/** commander suggests what is spelled alike, on a line of its own, and repeats an option with what stands behind its `=`: that may be a value. */
function oneSentence(text: string, command: Command): string {
  return `${text
    .replace(/^error: /, 'lockstep: ')
    .replace(/^(lockstep: unknown option '[^'=]*)=.*'/s, "$1'")
    .trim()
    .replaceAll('\n', ' ')
    .replace(UNKNOWN_OPTION, (all, unknown, name) => suggested(all, unknown, name, command))}\n`;
}

const UNKNOWN_OPTION = /(unknown option '--([\w-]+)')(?: \(Did you mean .*\?\))?$/s;

/** Of an option that was renamed, its new name instead of one that is spelled alike. */
function suggested(all: string, unknown: string, name: string, { options }: Command): string {
  const now = `--${renamedOption(name)}`;
  return options.some(({ long }) => long === now) ? `${unknown} (Did you mean ${now}?)` : all;
}
