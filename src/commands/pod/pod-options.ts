import { type Command, Option } from 'commander';
import type { Flags, PodOption } from '../../config/options.ts';

const POD_OPTIONS = new WeakMap<Option, PodOption>();

export function addPodOptions(command: Command, options: readonly PodOption[]): void {
  for (const podOption of options) {
    const option = new Option(podOption.flags, `${podOption.description} [${podOption.variable}]`);
    POD_OPTIONS.set(option, podOption);
    command.addOption(option);
  }
}

/** The option of a pod that this option of commander was made from, with its variable. */
export const podOptionOf = (option: Option): PodOption | undefined => POD_OPTIONS.get(option);

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
