import { type NewSecret, newSecret } from '../../engine/decide/new-secret.ts';
import { type Finding, fieldOf, sentence } from '../../engine/finding/finding.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import { LockstepError } from '../../errors.ts';
import { surroundings } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';
import type { Chosen } from '../manifests/choose-policy.ts';
import { asIncomplete, asUnmeant } from './errors.ts';

export type Complete = Extract<NewSecret, { kind: 'complete' }>;

/** The Secret made whole. Undefined where `check` would refuse it, which is said then; throws where it is for the user to say more. */
export function fillSecret(
  secret: Secret,
  { policy, policies }: Chosen,
  environment: string | undefined,
  { stderr, cpu }: Pick<Shell, 'stderr' | 'cpu'>,
): Complete | undefined {
  const outcome = newSecret({ policy, secret, environment }, policies, surroundings({ cpu }));
  if (outcome.kind === 'incomplete') throw asIncomplete(outcome.missing);
  if (outcome.kind === 'unmeant') throw asUnmeant(policy, secret);
  if (outcome.kind === 'exempt') throw new LockstepError('GENERATE_EXEMPT', [secret.namespace]);
  for (const finding of outcome.findings) {
    if (finding.action !== 'Audit') stderr.write(`lockstep: ${said(finding)}\n`);
  }
  return outcome.kind === 'refused' ? undefined : outcome;
}

const said = (finding: Finding): string => `${fieldOf(finding)}: ${sentence(finding)}`;
