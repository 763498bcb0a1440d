import type { Policy } from '../../engine/policy/policy.ts';
import { nearestNames } from '../../engine/secret/nearest.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import { LockstepError } from '../../errors/errors.ts';
import { matchText } from '../../report/policy/match-text.ts';
import type { Shell } from '../cli/shell.ts';

export function requireName(name: string | undefined, policy: Policy): string {
  if (name === undefined)
    throw invalidOption('--name', `give one, for the policy ${policy.name} is for ${secretsText(policy)}`);
  return name;
}

export function requireEnvironment({ name, environments }: Policy, environment: string | undefined): void {
  if (environment === undefined || environments.has(environment)) return;
  const known = [...environments.keys()];
  const has = known.length === 0 ? 'none' : known.sort().join(', ');
  throw invalidOption('--env', `the policy ${name} has no environment ${environment}; it has ${has}`);
}

/**
 * Every given key is kept. A key that almost equals a key of the policy gets a warning, because it is probably
 * misspelt.
 */
export function warnUnknownKeys(
  policy: Policy,
  keys: Iterable<string>,
  { stderr }: Pick<Shell, 'stderr'>,
): void {
  const known = new Set(knownKeys(policy));
  for (const key of keys) {
    const [suggestion] = known.has(key) ? [] : nearestNames(key, [...known]);
    if (suggestion !== undefined)
      stderr.write(
        `lockstep: the policy ${policy.name} has no key ${key}, which is kept. Did you mean ${suggestion}?\n`,
      );
  }
}

function* knownKeys({ keys, environments }: Policy): Generator<string> {
  for (const { name, aliases, derive } of keys) {
    yield* [name, ...aliases];
    for (const reference of derive?.template.references ?? []) yield reference.name;
  }
  for (const values of environments.values()) yield* values.keys();
}

export function incompleteError(missing: readonly string[]): LockstepError {
  const options = missing.map((key) => `--set ${key}=…`).join(' ');
  return new LockstepError('GENERATE_INCOMPLETE', [missing.join(' and '), options]);
}

export const policyMismatchError = (policy: Policy, { namespace, name }: Secret): LockstepError =>
  new LockstepError('GENERATE_POLICY_MISMATCH', [policy.name, `${namespace}/${name}`, secretsText(policy)]);

function secretsText({ match }: Policy): string {
  const text = matchText(match);
  return text === 'all' ? 'all Secrets' : `Secrets ${text}`;
}

const invalidOption = (option: string, what: string): LockstepError =>
  new LockstepError('BAD_OPTION', [option, what]);
