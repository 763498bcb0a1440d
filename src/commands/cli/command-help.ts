import type { Command } from 'commander';
import { type CommandName, exitCodeText } from './exit-codes.ts';

/** Texts about a command for `--help`, the man page and the reference, next to its options. */
export interface CommandHelp {
  /** One line each. */
  readonly notes?: readonly string[];
  readonly examples?: readonly string[];
  /** Examples that `--help` has no room for: it fits one screen. */
  readonly manualExamples?: readonly string[];
}

const HELP = new WeakMap<Command, CommandHelp>();

/** Adds notes, exit codes and examples to the help of the command. */
export function addHelp(command: Command, help: CommandHelp = {}): Command {
  HELP.set(command, help);
  return command.addHelpText('after', () => helpText(commandName(command), help));
}

export const helpOf = (command: Command): CommandHelp => HELP.get(command) ?? {};

/** `policy list`. Empty for the program. */
export const commandName = (command: Command): CommandName => wordsOf(command).join(' ') as CommandName;

const wordsOf = (command: Command): readonly string[] =>
  command.parent === null ? [] : [...wordsOf(command.parent), command.name()];

/** In columns, as the width of the help. */
const MAX_WIDTH = 100;

function helpText(name: CommandName, { notes = [], examples = [] }: CommandHelp): string {
  const exitCodes = `Exit code: ${exitCodeText(name)}.`;
  if (examples.length === 0) return ['', ...notes, exitCodes].join('\n');
  if (examples.length === 1) return ['', ...notes, exitCodes, `Example: ${examples[0]}`].join('\n');
  // One line less, where there is room.
  const heading = `${exitCodes} Examples:`;
  const headings = heading.length > MAX_WIDTH ? [exitCodes, 'Examples:'] : [heading];
  return ['', ...notes, ...headings, ...examples.map((example) => `  ${example}`)].join('\n');
}
