import type { Argument, Command, Option } from 'commander';
import type { Shell } from '../../src/commands/cli/shell.ts';
import { programOf } from '../../src/commands/program.ts';
import { VARIABLES } from '../../src/config/variables.ts';
import { ERRORS } from '../../src/errors/table.ts';
import { code, table } from './table.ts';

/** Each command, argument, option and variable, as commander knows them. */
export function commandSection(): string {
  const commands = commandsIn(programOf(SILENT, () => {}));
  return [
    '## Command line\n',
    'The program is `lockstep`; as a plugin of kubectl it is `kubectl lockstep`. Each command also takes `-h` and `--help`. `serve` and `controller` read the variable of an option that is not given.\n',
    ...commands.map(commandText),
    '### Environment variables\n',
    'These are read next to the variables of options.\n',
    table(
      ['variable', 'meaning'],
      Object.entries(VARIABLES).map(([name, meaning]) => [code(name), meaning]),
    ),
    '## Exit codes\n',
    `A command that can't run exits with ${[...EXIT_CODES].join(', ')}. The help of these commands explains their codes.\n`,
    table(
      ['command', 'exit codes'],
      commands.flatMap((command) => exitCodesOf(command)),
    ),
  ].join('\n');
}

/** Of errors that end a process. */
const EXIT_CODES = new Set(Object.values(ERRORS).flatMap((entry) => ('exit' in entry ? entry.exit : [])));

/** Nothing runs: only `outputHelp` is called. */
const SILENT: Shell = {
  env: {},
  stdout: { write: () => {}, fd: 1 },
  stderr: { write: () => {}, fd: 2 },
  stdin: (async function* () {})(),
  root: '',
  cpu: () => 0,
  onSignal: () => {},
};

/** Those that do something; `policy` alone has only commands of its own. */
function commandsIn(command: Command): readonly Command[] {
  if (command.commands.length === 0) return [command];
  return command.commands.flatMap(commandsIn);
}

const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;

function commandText(command: Command): string {
  const rows = [...command.registeredArguments.map(argumentRow), ...command.options.map(optionRow)];
  return [
    `### ${code(nameOf(command))}\n`,
    `${command.description()}\n`,
    table(['argument or option', 'values', 'default', 'variable', 'meaning'], rows),
  ].join('\n');
}

function argumentRow(argument: Argument): readonly string[] {
  const [, meaning = '', written = ''] = HELP.exec(argument.description) ?? [];
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  const usage = code(argument.required ? `<${name}>` : `[${name}]`);
  return [usage, choicesOf(argument), defaultOf(argument) || written, '', meaning];
}

/**
 * The help of an option ends in its default, where commander is not told of it, and in the variable of a pod: see
 * `addPodOptions`.
 */
function optionRow(option: Option): readonly string[] {
  const [, meaning = '', written = '', variable = ''] = HELP.exec(option.description) ?? [];
  return [code(option.flags), choicesOf(option), defaultOf(option) || written, code(variable), meaning];
}

const HELP = /^(.*?)(?: \(default: ([^)]*)\))?(?: \[(LOCKSTEP_\w+)\])?$/s;

const choicesOf = ({ argChoices = [] }: Pick<Option, 'argChoices'>): string =>
  argChoices.map(code).join(', ');

function defaultOf({ defaultValue, defaultValueDescription }: Option | Argument): string {
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  return defaultValue === undefined ? '' : code(String(defaultValue));
}

/** From the help: `Exit code: 0 …, 1 …, 2 …`. */
function exitCodesOf(command: Command): readonly (readonly string[])[] {
  const printed: string[] = [];
  command.configureOutput({ writeOut: (text) => printed.push(text) }).outputHelp();
  const [, codes] = /\bExit code: (.*?[\w)])(?:\.|;|$)/ms.exec(printed.join('')) ?? [];
  return codes === undefined ? [] : [[code(nameOf(command)), codes]];
}
