import type { Command } from 'commander';
import { repeatable } from '../cli/repeatable.ts';

/** The options of every command that validates manifests. */
export interface ManifestOptions {
  /** The namespace of a manifest that names none. */
  readonly namespace?: string;
  readonly policy: readonly string[];
  /** Names of built-in policies to leave out. commander presets `true` for a `--no-…` option. */
  readonly builtin: readonly string[] | true;
  readonly allowReferences?: boolean;
}

/** `--policy` takes one value and may be repeated, because a list would also take the manifests that follow it. */
export function addManifestOptions(command: Command): Command {
  return command
    .argument('[path...]', 'files and folders; - for standard input')
    .option('-n, --namespace <name>', 'namespace of manifests that name none (default: "default")')
    .addOption(
      repeatable(
        '--policy <path>',
        'file or folder of SecretPolicies; may be repeated',
        splitAtCommas,
      ).default([], 'built-in'),
    )
    .addOption(
      repeatable('--no-builtin <name>', 'built-in policy to leave out; may be repeated', splitAtCommas),
    )
    .option('--allow-references', 'skip keys that something else renders later: ${VAR}, vault:…');
}

const splitAtCommas = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
