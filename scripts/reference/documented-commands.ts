import type { Argument, Command, Option } from 'commander';
import { type CommandHelp, commandName, helpOf } from '../../src/commands/cli/command-help.ts';
import { EXIT_CODES, type ExitCodes } from '../../src/commands/cli/exit-codes.ts';
import type { Shell } from '../../src/commands/cli/shell.ts';
import { podOptionOf } from '../../src/commands/pod/pod-options.ts';
import { programOf } from '../../src/commands/program.ts';

/** A command as its help describes it, for the reference and the man pages. */
export interface DocumentedCommand extends CommandHelp {
  /** `policy list` */
  readonly name: string;
  /** `lockstep policy list [options]` */
  readonly usage: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly exitCodes: ExitCodes;
}

/** An argument or an option. */
export interface Parameter {
  /** `-n, --namespace <name>` or `[path...]` */
  readonly usage: string;
  readonly values: readonly string[];
  readonly defaultValue: string;
  /** The environment variable with the same meaning, or empty. */
  readonly variable: string;
  readonly meaning: string;
  readonly isArgument: boolean;
}

/** Each command that does something, in the order of the help. */
export const documentedCommands = (): readonly DocumentedCommand[] =>
  leavesOf(programOf(SILENT, () => {})).map(documented);

export const examplesOf = ({ examples = [], manualExamples = [] }: CommandHelp): readonly string[] => [
  ...examples,
  ...manualExamples,
];

/** Nothing runs. */
const SILENT: Shell = {
  env: {},
  nodeVersion: '',
  startedAs: '',
  stdout: { write: () => {}, fd: 1 },
  stderr: { write: () => {}, fd: 2 },
  stdin: (async function* () {})(),
  root: '',
  cpu: () => 0,
  onSignal: () => {},
  onUncaughtError: () => {},
};

/** `policy` alone has only commands of its own. */
const leavesOf = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);

function documented(command: Command): DocumentedCommand {
  const name = commandName(command);
  return {
    name,
    usage: `lockstep ${name} ${command.usage()}`,
    description: command.description(),
    parameters: [
      ...command.registeredArguments.map(argumentOf),
      ...command.options.filter(({ hidden }) => !hidden).map(optionOf),
    ],
    exitCodes: EXIT_CODES[name],
    ...helpOf(command),
  };
}

function argumentOf(argument: Argument): Parameter {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return {
    usage: argument.required ? `<${name}>` : `[${name}]`,
    variable: '',
    isArgument: true,
    ...describedBy(argument),
  };
}

function optionOf(option: Option): Parameter {
  const inPod = podOptionOf(option);
  const described = describedBy({ ...option, description: inPod?.description ?? option.description });
  return {
    usage: option.flags,
    variable: inPod?.variable ?? '',
    isArgument: false,
    ...described,
    meaning: inPod?.meaning ?? described.meaning,
  };
}

/** The description ends in the default, if commander does not know it. */
function describedBy({
  description,
  argChoices = [],
  defaultValue,
  defaultValueDescription,
}: Pick<Option | Argument, 'description' | 'argChoices' | 'defaultValue' | 'defaultValueDescription'>) {
  const [, meaning = '', written = ''] = /^(.*?)(?: \(default: (.*)\))?$/s.exec(description) ?? [];
  const isFlag = defaultValue === undefined || typeof defaultValue === 'boolean';
  const known = defaultValueDescription ?? (isFlag ? '' : String(defaultValue));
  return { values: argChoices, defaultValue: known || written, meaning };
}
