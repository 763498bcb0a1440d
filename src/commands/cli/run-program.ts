import { existsSync } from 'node:fs';
import { Command, CommanderError, type Option } from 'commander';
import { nearestNames } from '../../engine/secret/nearest.ts';
import { LockstepError } from '../../errors/errors.ts';
import { printable, withoutCommands } from '../../report/printable.ts';
import { inOwnWords } from './program-name.ts';
import type { Shell, Stream } from './shell.ts';

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
  const inert = withInertOutput(shell, args[0]);
  const program = createProgram(inert, addCommands, (code) => {
    exitCode = code;
  });
  try {
    refuseFileAsOption(args);
    await program.parseAsync(isHelpOfUnknown(program, args) ? args.slice(1, 2) : args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error, inert);
  }
}

/** commander answers `help nosuch` with the help of the program. Without `help`, it names the nearest command. */
const isHelpOfUnknown = ({ commands }: Command, [first, name]: readonly string[]): boolean =>
  first === 'help' && name !== undefined && commands.every((one) => one.name() !== name);

/**
 * A shell that expands `*.yaml`, and a Git hook, give a file called `--kubeconfig=x.yaml` as they give an option. The
 * author of a checked folder would choose the options, and with that one also a program to run.
 */
function refuseFileAsOption(args: readonly string[]): void {
  const end = args.indexOf('--');
  const options = args.slice(0, end === -1 ? args.length : end).filter((arg) => /^-./.test(arg));
  const file = options.find((option) => existsSync(option));
  if (file !== undefined)
    throw new LockstepError('BAD_OPTION', [
      printable(file),
      'a file has this name: write -- before the files, or ./ before this one',
    ]);
}

/** Their standard output is a manifest or a script, or they treat its names themselves. */
const EXACT_OUTPUT = new Set(['check', 'render', 'generate', 'policy', 'completion']);

/** Messages quote names from files and from the cluster. No runner of a pipeline may take one for a command. */
function withInertOutput(shell: Shell, command = ''): Shell {
  const inert = (stream: Stream): Stream => ({
    write: (text) => stream.write(withoutCommands(inOwnWords(text, shell))),
    fd: stream.fd,
    isTTY: stream.isTTY,
  });
  return {
    env: shell.env,
    nodeVersion: shell.nodeVersion,
    startedAs: shell.startedAs,
    stdout: EXACT_OUTPUT.has(command) ? shell.stdout : inert(shell.stdout),
    // Opened on first use.
    get stderr() {
      return inert(shell.stderr);
    },
    get stdin() {
      return shell.stdin;
    },
    root: shell.root,
    cpu: shell.cpu,
    onSignal: shell.onSignal,
    onUncaughtError: shell.onUncaughtError,
  };
}

/** The commands with their options. Nothing runs yet. */
export function createProgram(shell: Shell, addCommands: AddCommands, setExitCode: SetExitCode): Command {
  const program = new Command('lockstep')
    .description('Keeps the values inside a Kubernetes Secret in sync with each other.')
    .exitOverride()
    // `lockstep help NAME` works, but the list omits it to stay short.
    .configureHelp({ visibleCommands: ({ commands }) => [...commands], optionDescription })
    .configureOutput({
      writeOut: (text) => shell.stdout.write(inOwnWords(text, shell)),
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

/**
 * The error of commander as one sentence, with the nearest valid name or value. commander repeats the text after the
 * `=` of an option, which may be a value, so this omits it.
 */
function usageError(text: string, command: Command): string {
  return `${text
    .replace(/^error: /, 'lockstep: ')
    .replace(/^(lockstep: unknown option '[^'=]*)=.*'/s, "$1'")
    .trim()
    .replaceAll('\n', ' ')
    .replace(UNKNOWN_OPTION, (all, unknown, name) => withOption(all, unknown, name, command))
    .replace(INVALID_CHOICE, (all, value, choices) => withChoice(all, value, choices))}\n`;
}

const UNKNOWN_OPTION = /(unknown option '(--[\w-]+|-\w)[^']*')(?: \(Did you mean .*\?\))?$/s;
const INVALID_CHOICE = /'([^']*)' is invalid[^']*?\. Allowed choices are (.*)\.$/s;

/** Options that other commands have, and the one of the same meaning. */
const SAME_MEANING: Readonly<Record<string, string>> = {
  '-n': '--lockstep-namespace',
  '--namespace': '--lockstep-namespace',
  '-o': '--output',
  '--format': '--output',
};

/** Suggests the option of the same meaning instead of one with a similar spelling. */
function withOption(all: string, unknown: string, name: string, { options }: Command): string {
  const meant = SAME_MEANING[name];
  return options.some(({ long }) => long === meant) ? `${unknown} (Did you mean ${meant}?)` : all;
}

function withChoice(all: string, value: string, choices: string): string {
  const [nearest] = nearestNames(value, choices.split(', '));
  return nearest === undefined ? all : `${all} (Did you mean ${nearest}?)`;
}

/** The values and the default of an option follow its description, without the quotes of commander. */
function optionDescription(option: Option): string {
  const { description, argChoices, defaultValue, defaultValueDescription, required, optional } = option;
  const choices = argChoices === undefined ? '' : `: ${argChoices.join(', ')}`;
  const hasDefault = defaultValue !== undefined && (required || optional);
  return `${description}${choices}${hasDefault ? ` (default: ${defaultValueDescription ?? defaultValue})` : ''}`;
}
