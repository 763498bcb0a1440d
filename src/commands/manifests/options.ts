import type { Command } from 'commander';
import type { Exclusions } from '../../engine/policy/match/match.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import type { ManifestFileContent, ManifestReadOptions } from '../../manifest/read/read.ts';
import { namespaceOption } from '../cli/cluster-options.ts';
import { repeatable } from '../cli/repeatable.ts';
import type { ManifestContext } from './cli-fix.ts';
import type { Exclusion } from './exclude.ts';

/** The options of every command that validates manifests. */
export interface ManifestOptions {
  /** The namespace of a manifest that names none. */
  readonly namespace?: string;
  readonly policy: readonly string[];
  /** Names of built-in policies to leave out. commander presets `true` for a `--no-…` option. */
  readonly builtin: readonly string[] | true;
  readonly allowReferences?: boolean;
  /** Globs of paths to leave out. */
  readonly exclude?: readonly string[];
}

export const readOptionsOf = (
  { namespace, allowReferences = false }: ManifestOptions,
  { isExcluded }: Exclusion,
): Omit<ManifestReadOptions, 'stdin'> => ({ namespace, allowReferences, isExcluded });

function countsOf(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** The context of all Secrets in one file. */
export const contextOf = (
  { secrets, errors }: ManifestFileContent,
  { policy, namespace }: ManifestOptions,
  { localPolicies, context }: { readonly localPolicies: readonly Policy[]; readonly context: Exclusions },
): ManifestContext => ({
  policies: localPolicies,
  exclusions: context,
  policyPaths: policy,
  namespace,
  names: errors.length === 0 ? countsOf(secrets.map(({ secret }) => secret.name)) : undefined,
});

/** A command says in its description what a path is: its help must fit one screen. */
export const PATHS = '(files, folders, - for standard input)';

/** `--policy` takes one value and may be repeated, because a list would also take the manifests that follow it. */
export function addManifestOptions(command: Command): Command {
  return command
    .argument('[path...]')
    .addOption(namespaceOption('namespace of manifests that name none (default: "default")'))
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
    .addOption(repeatable('--exclude <glob>', 'files and folders to leave out; may be repeated'))
    .option('--allow-references', 'skip keys that something else renders later: ${VAR}, vault:…');
}

const splitAtCommas = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
