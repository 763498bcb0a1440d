import type { Command } from 'commander';
import { renamedOption } from '../../config/renamed-options.ts';
import { nearestNames } from '../../engine/secret/nearest.ts';

/**
 * The error of commander as one sentence, with the nearest valid name or value. commander repeats the text after the
 * `=` of an option, which may be a value, so this omits it.
 */
export function usageError(text: string, command: Command): string {
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

/** The short options of kubectl. Some commands have only an option with a longer name for the same. */
const LONG_NAMES: Readonly<Record<string, string>> = { '-n': '--namespace', '-o': '--output' };

/** For a renamed option, suggests its new name instead of one with a similar spelling. */
function withOption(all: string, unknown: string, name: string, { options }: Command): string {
  const former = (LONG_NAMES[name] ?? name).replace(/^--/, '');
  const now = `--${renamedOption(former) ?? former}`;
  return options.some(({ long }) => long === now) ? `${unknown} (Did you mean ${now}?)` : all;
}

function withChoice(all: string, value: string, choices: string): string {
  const [nearest] = nearestNames(value, choices.split(', '));
  return nearest === undefined ? all : `${all} (Did you mean ${nearest}?)`;
}
