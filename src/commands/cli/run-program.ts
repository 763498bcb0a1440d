import { Command, CommanderError, type Option } from 'commander';
import { LockstepError } from '../../errors.ts';
import type { Shell } from './shell.ts';
import { usageError } from './usage-error.ts';

/** In columns. The help of each command fits one screen of 24 lines. */
const HELP_WIDTH = 100;

/** Receives the exit code of the command that runs. */
export type SetExitCode = (exitCode: number) => void;
/** Adds commands with their options to the program. */
export type AddCommands = (program: Command, shell: Shell, setExitCode: SetExitCode) => void;

/**
 * Runs one command line of the program with these commands. `args` excludes the name of the program. Resolves with the
 * exit code, which is 2 if the command could not run.
 */
export async function runProgram(
  args: readonly string[],
  shell: Shell,
  addCommands: AddCommands,
): Promise<number> {
  let exitCode = 0;
  const program = createProgram(shell, addCommands, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error, shell);
  }
}

/** The commands with their options. Nothing runs yet. */
export function createProgram(shell: Shell, addCommands: AddCommands, setExitCode: SetExitCode): Command {
  const program = new Command('lockstep')
    .description('Keeps the values inside a Kubernetes Secret in sync with each other.')
    .exitOverride()
    // `lockstep help NAME` works, but the list omits it to stay short.
    .configureHelp({ visibleCommands: ({ commands }) => [...commands], optionDescription })
    .configureOutput({
      writeOut: (text) => shell.stdout.write(text),
      writeErr: (text) => shell.stderr.write(text),
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
    });
  addCommands(program, shell, setExitCode);
  for (const each of [program, ...program.commands.flatMap((one) => [one, ...one.commands])])
    each.configureOutput({ outputError: (text, write) => write(usageError(text, each)) });
  return program;
}

function exitCodeOf(error: unknown, shell: Shell): number {
  // commander has already printed the error, or the help that was requested.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof LockstepError) {
    shell.stderr.write(`lockstep: ${error.message}\n`);
    return error.exitCode;
  }
  throw error;
}

/** The values and the default of an option follow its description, without the quotes of commander. */
function optionDescription(option: Option): string {
  const { description, argChoices, defaultValue, defaultValueDescription, required, optional } = option;
  const choices = argChoices === undefined ? '' : `: ${argChoices.join(', ')}`;
  const hasDefault = defaultValue !== undefined && (required || optional);
  return `${description}${choices}${hasDefault ? ` (default: ${defaultValueDescription ?? defaultValue})` : ''}`;
}
