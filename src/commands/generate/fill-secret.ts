import { type NewSecret, newSecret } from '../../engine/review/decide/new-secret.ts';
import { type Finding, fieldOf, sentence } from '../../engine/secret/finding/finding.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { ChosenPolicy } from '../policy-sources/choose-policy.ts';
import { incompleteError, policyMismatchError } from './errors.ts';

/** A Secret with the keys that have a source. `check` admits it if its kind is `complete`. */
export type FilledSecret = Extract<NewSecret, { kind: 'complete' | 'refused' | 'incomplete' }>;

/**
 * Completes the Secret, and prints its findings. If the user must give more values, it throws, or prints them if
 * `allowsMissing`.
 */
export function fillSecret(
  secret: Secret,
  { policy, policies, engine }: ChosenPolicy,
  environment: string | undefined,
  warn: (message: string) => void,
  replaces = false,
): FilledSecret {
  const namespaceLabels = engine.labelsOf?.(secret.namespace);
  // A new Secret obeys the policies also in a cluster that only warns so far.
  const context = { ...engine.context, maxAction: 'Enforce' } as const;
  const outcome = newSecret(
    { policy, secret, environment, namespaceLabels, onlyRequired: replaces },
    policies,
    context,
  );
  if (outcome.kind === 'unmeant') throw policyMismatchError(policy, secret);
  if (outcome.kind === 'exempt') throw new LockstepError('GENERATE_EXEMPT', [secret.namespace]);
  if (outcome.kind === 'incomplete') {
    const error = incompleteError(outcome.missing);
    if (!replaces) throw error;
    warn(error.message);
    return outcome;
  }
  for (const finding of outcome.findings) {
    if (finding.action !== 'Audit') warn(findingText(finding));
  }
  return outcome;
}

export const findingText = (
  finding: Pick<Finding, 'key' | 'message' | 'fix'> & { readonly rule: string },
): string => `${fieldOf(finding)}: ${sentence(finding)}`;
