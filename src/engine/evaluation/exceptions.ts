import { globMatches } from '../policy/glob.ts';
import { type Exception, isExpired } from '../policy/policy.ts';
import { nameOf } from '../secret/secret.ts';
import type { Evaluation, ManagedKey } from './evaluation.ts';

/** In force or not; by the policy's name of the key, or the Secret's. */
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

/** What an exception lets be as it is, lockstep does not put right either. */
export function isExcepted(evaluation: Evaluation, managedKey: ManagedKey, now: Date): boolean {
  return exceptionsFor(evaluation, managedKey).some((exception) => !isExpired(exception, now));
}
