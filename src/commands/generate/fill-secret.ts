import { type NewSecret, newSecret } from '../../engine/decide/new-secret.ts';
import { type Finding, fieldOf, sentence } from '../../engine/finding/finding.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import { LockstepError } from '../../errors.ts';
import { cliContext } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';
import type { ChosenPolicy } from '../manifests/choose-policy.ts';
import { incompleteError, policyMismatchError } from './errors.ts';

/** A Secret with all of its keys. `check` refuses it if its kind is `refused`. */
export type FilledSecret = Extract<NewSecret, { kind: 'complete' | 'refused' }>;

/** Completes the Secret, and prints its findings. Throws if the user must give more values. */
export function fillSecret(
  secret: Secret,
  { policy, policies }: ChosenPolicy,
  environment: string | undefined,
  { stderr, cpu }: Pick<Shell, 'stderr' | 'cpu'>,
): FilledSecret {
  const outcome = newSecret({ policy, secret, environment }, policies, cliContext({ cpu }));
  if (outcome.kind === 'incomplete') throw incompleteError(outcome.missing);
  if (outcome.kind === 'unmeant') throw policyMismatchError(policy, secret);
  if (outcome.kind === 'exempt') throw new LockstepError('GENERATE_EXEMPT', [secret.namespace]);
  for (const finding of outcome.findings) {
    if (finding.action !== 'Audit') stderr.write(`lockstep: ${findingText(finding)}\n`);
  }
  return outcome;
}

const findingText = (finding: Finding): string => `${fieldOf(finding)}: ${sentence(finding)}`;
