import type { SecretDataEdit } from '../../controllers/ports.ts';
import type { SecretSession } from '../../controllers/secret-session/open.ts';
import { differingKeys, type SecretData } from '../../engine/record/record.ts';
import { LockstepError } from '../../errors.ts';
import { dryRunPatch } from '../../kube/secrets/stored-secrets.ts';
import { CLI_FIELD_MANAGER, type SecretRun } from './run.ts';

/**
 * The keys that the API server would store with another value than planned, or the reason of its refusal. Writes
 * nothing.
 */
export async function dryRunWrite(
  { cluster }: Pick<SecretRun, 'cluster'>,
  { observed }: Pick<SecretSession, 'observed'>,
  plan: SecretDataEdit & { readonly data: SecretData },
): Promise<{ readonly except: readonly string[] } | { readonly reason: string }> {
  try {
    const { secret } = await dryRunPatch(cluster, observed, plan, CLI_FIELD_MANAGER);
    if (differingKeys(observed.secret.data, secret.data).length === 0)
      return { reason: 'a webhook of the cluster would put everything back' };
    return { except: differingKeys(plan.data, secret.data) };
  } catch (error) {
    if (error instanceof LockstepError && error.code === 'LOCKSTEP_SECRET_REFUSED')
      return { reason: error.message };
    throw error;
  }
}
