import type { SecretSession } from '../../controllers/secret-session/open.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { SecretRun } from './run.ts';

/** The consumers that lack the present data. Undefined if lockstep restarts none, or if this user may not read them. */
export async function outdatedConsumers(
  { ref, ports: { secrets, records, workloads } }: Pick<SecretRun, 'ref' | 'ports'>,
  { mayRestart }: SecretSession['permissions'],
): Promise<readonly string[] | undefined> {
  if (!mayRestart) return undefined;
  try {
    const [observed, lookup] = await Promise.all([secrets.read(ref), records.read(ref)]);
    return observed === undefined || lookup.kind !== 'read'
      ? undefined
      : await workloads.outdated(observed.secret, lookup.record);
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return undefined;
  }
}
