import type { Policy } from '../../engine/policy/policy.ts';
import { plainSecret, type Secret } from '../../engine/secret/secret.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors/errors.ts';
import { envFileLine } from '../../manifest/write/env-file.ts';
import {
  jsonManifest,
  type SecretManifest,
  secretManifest,
  yamlManifest,
} from '../../manifest/write/secret-manifest.ts';
import type { PolicyClusterOptions } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';
import { choosePolicy } from '../policy-sources/choose-policy.ts';
import { withCurrentNamespace } from '../policy-sources/open-engine.ts';
import { requireEnvironment, requireName, warnUnknownKeys } from './errors.ts';
import { fillSecret } from './fill-secret.ts';
import type { SecretFormat } from './format.ts';
import { readSetValues } from './set-values.ts';

export interface GenerateOptions extends PolicyClusterOptions {
  /** Names and paths. */
  readonly policy: readonly string[];
  readonly builtin: readonly string[] | true;
  readonly env?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly set: readonly string[];
  readonly setFile: readonly string[];
  readonly format: SecretFormat;
  readonly into?: string;
  readonly replacePlaceholders?: boolean;
}

/**
 * Prints a complete Secret for a policy. Resolves with the exit code. If `check` would refuse the Secret, it prints
 * none and resolves with 1.
 */
export async function generate(options: GenerateOptions, shell: Shell): Promise<number> {
  const setValues = await readSetValues(options.set, options.setFile);
  const chosen = await choosePolicy(options, shell);
  requireEnvironment(chosen.policy, options.env);
  warnUnknownKeys(chosen.policy, setValues.keys(), shell);

  const { namespace } = await withCurrentNamespace(
    { ...options, namespace: manifestNamespace(chosen.policy, options) },
    shell,
  );
  const initial = initialSecret(chosen.policy, { ...options, namespace: namespace ?? 'default' }, setValues);
  const warn = (message: string) => void shell.stderr.write(`lockstep: ${message}\n`);
  const completed = fillSecret(initial, chosen, options.env, warn);
  if (completed.kind !== 'complete') return 1;
  for (const { key, reason, warning } of completed.changes) {
    if (warning !== undefined && reason !== 'derived') warn(`data[${key}]: ${warning}`);
  }
  const manifestSecret = { ...completed.secret, namespace: manifestNamespace(chosen.policy, options) ?? '' };
  shell.stdout.write(printSecret(secretManifest(manifestSecret), options.format));
  return 0;
}

/** The Secret with the given values only. */
function initialSecret(
  policy: Policy,
  options: GenerateOptions & { readonly namespace: string },
  data: ReadonlyMap<string, Sensitive>,
): Secret {
  const { types, labelSelector } = policy.match;
  return plainSecret({
    name: requireName(options.name ?? mainNameOf(policy), policy),
    namespace: options.namespace,
    type: literalOf(types) ?? 'Opaque',
    labels: new Map(Object.entries(labelSelector?.matchLabels ?? {})),
    data,
  });
}

/** A manifest without a namespace leaves the choice to kubectl. */
const manifestNamespace = (policy: Policy, { namespace }: GenerateOptions): string | undefined =>
  namespace ?? literalOf(policy.match.namespaces);

/** The only name without a wildcard: `shop` of the globs shop and shop-*. */
function mainNameOf({ match: { names = [] } }: Policy): string | undefined {
  const [first, ...others] = names.filter((glob) => !WILDCARD.test(glob));
  return others.length === 0 ? first : undefined;
}

/** The value that the globs determine, if they leave no choice. */
function literalOf(globs: readonly string[] | undefined): string | undefined {
  const [first, second] = globs ?? [];
  return second !== undefined || first === undefined || WILDCARD.test(first) ? undefined : first;
}

const WILDCARD = /[*?]/;

function printSecret(manifest: SecretManifest, format: SecretFormat): string {
  switch (format) {
    case 'yaml':
      return yamlManifest(manifest);
    case 'json':
      return jsonManifest(manifest);
    case 'env':
      return envFile(manifest);
  }
}

/** Throws if kubectl or docker would read another value. */
function envFile({ stringData = {}, data = {} }: SecretManifest): string {
  const lines = Object.entries(stringData).map(([key, value]) => [key, envFileLine(key, value)] as const);
  const unwritable = [
    ...lines.filter(([, line]) => line === undefined).map(([key]) => key),
    ...Object.keys(data),
  ];
  if (unwritable.length > 0) throw new LockstepError('ENV_UNWRITABLE', [unwritable.join(', ')]);
  return lines.map(([, line]) => line).join('');
}
