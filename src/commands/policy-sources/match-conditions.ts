import { type WebhookCondition, webhookCondition } from '../../engine/floor/webhook-condition.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { Shell } from '../cli/shell.ts';
import { readSourcedPolicies, type SourcedPolicyOptions } from './sourced-policies.ts';

/**
 * The condition for the policies that the webhooks decide by. Throws a LockstepError, also if a policy can't be used: a
 * pod may still decide by its earlier version.
 */
export async function readWebhookCondition(
  options: SourcedPolicyOptions,
  shell: Pick<Shell, 'root' | 'stderr' | 'env'>,
): Promise<WebhookCondition> {
  const policies = await readSourcedPolicies(options, shell);
  return webhookCondition(
    policies.map(({ name, policy, problems }) => {
      if (policy === undefined)
        throw new LockstepError('POLICY_INVALID', [`policy ${name} can't be used: ${problems.join('; ')}`]);
      return policy;
    }),
  );
}

/** The condition for the policies of a cluster. Throws a LockstepError. */
export const expectedCondition = (
  cluster: Cluster,
  lockstepNamespace: string,
  shell: Pick<Shell, 'root' | 'stderr' | 'env'>,
): Promise<WebhookCondition> =>
  readWebhookCondition({ policy: [], builtin: true, connected: cluster, lockstepNamespace }, shell);
