import { Command, CommanderError } from 'commander';
import { renamedOption } from '../../config/renamed-options.ts';
import { LockstepError } from '../../errors.ts';
import type { Shell } from './shell.ts';

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
    .configureHelp({ visibleCommands: ({ commands }) => [...commands] })
    .configureOutput({
      writeOut: (text) => shell.stdout.write(text),
      writeErr: (text) => shell.stderr.write(text),
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
    });
  addCommands(program, shell, setExitCode);
  for (const each of [program, ...program.commands])
    each.configureOutput({ outputError: (text, write) => write(oneSentence(text, each)) });
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

/**
 * commander puts its suggestion on a separate line. It also repeats the text after the `=` of an option, which may be a
 * value.
 */
function oneSentence(text: string, command: Command): string {
  return `${text
    .replace(/^error: /, 'lockstep: ')
    .replace(/^(lockstep: unknown option '[^'=]*)=.*'/s, "$1'")
    .trim()
    .replaceAll('\n', ' ')
    .replace(UNKNOWN_OPTION, (all, unknown, name) => suggested(all, unknown, name, command))}\n`;
}

const UNKNOWN_OPTION = /(unknown option '--([\w-]+)')(?: \(Did you mean .*\?\))?$/s;

/** For a renamed option, suggests its new name instead of one with a similar spelling. */
function suggested(all: string, unknown: string, name: string, { options }: Command): string {
  const now = `--${renamedOption(name)}`;
  return options.some(({ long }) => long === now) ? `${unknown} (Did you mean ${now}?)` : all;
}
