import { globMatches } from '../../policy/match/glob.ts';
import { type Exception, isExpired } from '../../policy/policy.ts';
import { nameOf } from '../../secret/secret.ts';
import type { Evaluation, ManagedKey } from './evaluation.ts';

/** Exceptions in effect and expired ones, by the key's name in the policy or in the Secret. */
export function exceptionsFor(
  { request: { secret } }: Evaluation,
  { key, entry, policy }: ManagedKey,
): readonly Exception[] {
  return policy.exceptions.filter(
    ({ keys, namespace, name }) =>
      (keys.has(key) || keys.has(entry.name)) &&
      globMatches(namespace, secret.namespace) &&
      globMatches(name, nameOf(secret)),
  );
}

/** lockstep does not correct a value that an exception permits. */
export function isExcepted(evaluation: Evaluation, managedKey: ManagedKey, now: Date): boolean {
  if (managedKey.policy.exceptions.length === 0) return false;
  return exceptionsFor(evaluation, managedKey).some((exception) => !isExpired(exception, now));
}
