import { type Command, Option } from 'commander';

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
      new Option('--policy <path>', 'file or folder of SecretPolicies; may be repeated')
        .argParser(collect)
        .default([], 'built-in'),
    )
    .addOption(
      new Option('--no-builtin <name>', 'built-in policy to leave out; may be repeated').argParser(collect),
    )
    .option('--allow-references', 'skip keys that something else renders later: ${VAR}, vault:…');
}

function collect(value: string, before: unknown): readonly string[] {
  const given: readonly string[] = Array.isArray(before) ? before : [];
  return [
    ...given,
    ...value
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== ''),
  ];
}
