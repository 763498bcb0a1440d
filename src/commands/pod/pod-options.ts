import { type Command, Option } from 'commander';
import type { Flags, PodOption } from '../../config/options.ts';

export function addPodOptions(command: Command, options: readonly PodOption[]): void {
  for (const { flags, description: about, variable } of options) {
    command.addOption(new Option(flags, `${about} [${variable}]`));
  }
}

/** Only the options on the command line: commander also presets `--no-…` options. */
export function explicitFlags(command: Command): Flags {
  const flags = new Map<string, string | readonly string[]>();
  for (const option of command.options) {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) === 'cli') {
      flags.set(option.long?.slice(2) ?? name, command.getOptionValue(name));
    }
  }
  return flags;
}
