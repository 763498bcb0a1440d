import type { SecretSession } from '../../controllers/secret-session/open.ts';
import type { KeyEdit } from '../../engine/review/own-writes/with-derived.ts';
import { differingKeys, type SecretData } from '../../engine/secret/record/record.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import { LockstepError } from '../../errors/errors.ts';
import { dryRunCreate, dryRunPatch, isDeniedByLockstep } from '../../kube/secrets/stored-secrets.ts';
import type { SecretRun } from './run.ts';

export type DryRunWrite =
  /** The keys that the API server would store with another value than planned. */
  | { readonly except: readonly string[] }
  /** The reason of its refusal. Break-glass passes lockstep itself, and no other webhook or right. */
  | { readonly reason: string; readonly byLockstep: boolean };

/** The answer of the API server to the write. Writes nothing. */
export const dryRunWrite = (
  { cluster }: Pick<SecretRun, 'cluster'>,
  { observed }: Pick<SecretSession, 'observed'>,
  plan: KeyEdit & { readonly data: SecretData },
): Promise<DryRunWrite> =>
  answerTo(async () => {
    const { secret } = await dryRunPatch(cluster, observed, plan);
    return differingKeys(observed.secret.data, secret.data).length === 0
      ? { reason: 'a webhook of the cluster would put everything back', byLockstep: false }
      : { except: differingKeys(plan.data, secret.data) };
  });

/** The same for a Secret that does not exist. */
export const dryRunCreation = (
  { cluster }: Pick<SecretRun, 'cluster'>,
  secret: Secret,
): Promise<DryRunWrite> =>
  answerTo(async () => {
    const { secret: stored } = await dryRunCreate(cluster, secret);
    return { except: differingKeys(secret.data, stored.data) };
  });

async function answerTo(write: () => Promise<DryRunWrite>): Promise<DryRunWrite> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof LockstepError && error.code === 'LOCKSTEP_SECRET_REFUSED')
      return { reason: error.message, byLockstep: isDeniedByLockstep(error.cause) };
    throw error;
  }
}
