import type { Command } from 'commander';

/** One command with the words that may follow it. */
export interface CompletedCommand {
  /** The words after the program: `policy list`. Empty for the program itself. */
  readonly path: readonly string[];
  readonly subcommands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly CompletedOption[];
}

export interface CompletedOption {
  /** `--output`, and `-o` if there is one. */
  readonly long: string;
  readonly short: string | undefined;
  readonly description: string;
  readonly takesValue: boolean;
  /** The values that it can have. Empty if it takes any value, or none. */
  readonly choices: readonly string[];
}

/** The command at `path`, and all below it. */
export function commandsIn(command: Command, path: readonly string[]): readonly CompletedCommand[] {
  const { commands, options } = command;
  const own = {
    path,
    subcommands: commands.map((each) => ({
      name: each.name(),
      summary: each.summary() || firstSentence(each.description()),
    })),
    options: [...options.flatMap((option) => optionOf(option)), HELP],
  };
  return [own, ...commands.flatMap((each) => commandsIn(each, [...path, each.name()]))];
}

function optionOf(option: Command['options'][number]): readonly CompletedOption[] {
  const { long, short, description, argChoices = [], required, optional, hidden } = option;
  if (hidden || long === undefined || long === null) return [];
  return [
    { long, short: short ?? undefined, description, takesValue: required || optional, choices: argChoices },
  ];
}

const HELP: CompletedOption = {
  long: '--help',
  short: '-h',
  description: 'display help for command',
  takesValue: false,
  choices: [],
};

const firstSentence = (text: string): string => /^[^\n]*?\.(?=\s|$)/.exec(text)?.[0] ?? text;
