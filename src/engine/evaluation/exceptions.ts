import { globMatches } from '../policy/glob.ts';
import { type Exception, hasRunOut } from '../policy/policy.ts';
import { nameOf } from '../secret/secret.ts';
import type { Case, Governed } from './evaluation.ts';

/** In force or not; by the policy's name of the key, or the Secret's. */
export function exceptionsFor(
  { request: { secret } }: Case,
  { key, entry, policy }: Governed,
): readonly Exception[] {
  return policy.exceptions.filter(
    ({ keys, namespace, name }) =>
      (keys.has(key) || keys.has(entry.name)) &&
      globMatches(namespace, secret.namespace) &&
      globMatches(name, nameOf(secret)),
  );
}

/** What an exception lets be as it is, lockstep does not put right either. */
export function isExcepted(aCase: Case, governed: Governed, now: Date): boolean {
  return exceptionsFor(aCase, governed).some((exception) => !hasRunOut(exception, now));
}
