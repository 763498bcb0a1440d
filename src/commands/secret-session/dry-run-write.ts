import type { SecretDataEdit } from '../../controllers/ports.ts';
import type { SecretSession } from '../../controllers/secret-session/open.ts';
import { differingKeys, type SecretData } from '../../engine/record/record.ts';
import { LockstepError } from '../../errors.ts';
import { dryRunPatch, isDeniedByLockstep } from '../../kube/secrets/stored-secrets.ts';
import { CLI_FIELD_MANAGER, type SecretRun } from './run.ts';

export type DryRunWrite =
  /** The keys that the API server would store with another value than planned. */
  | { readonly except: readonly string[] }
  /** The reason of its refusal. Break-glass passes lockstep itself, and no other webhook or right. */
  | { readonly reason: string; readonly byLockstep: boolean };

/** The answer of the API server to the write. Writes nothing. */
export async function dryRunWrite(
  { cluster }: Pick<SecretRun, 'cluster'>,
  { observed }: Pick<SecretSession, 'observed'>,
  plan: SecretDataEdit & { readonly data: SecretData },
): Promise<DryRunWrite> {
  try {
    const { secret } = await dryRunPatch(cluster, observed, plan, CLI_FIELD_MANAGER);
    if (differingKeys(observed.secret.data, secret.data).length === 0)
      return { reason: 'a webhook of the cluster would put everything back', byLockstep: false };
    return { except: differingKeys(plan.data, secret.data) };
  } catch (error) {
    if (error instanceof LockstepError && error.code === 'LOCKSTEP_SECRET_REFUSED')
      return { reason: error.message, byLockstep: isDeniedByLockstep(error.cause) };
    throw error;
  }
}
