import { storedWaitStatus, type WaitStatus } from '../../engine/credential/status/wait-status.ts';
import { readPostgresCredentials } from '../../kube/objects/postgres-credentials.ts';
import type { PasswordChangeRun } from './run.ts';

/** The wait status in the PostgresCredential, written by the controller. Throws LockstepError. */
export async function readWaitStatus({
  cluster,
  credential,
}: Pick<PasswordChangeRun, 'cluster' | 'credential'>): Promise<WaitStatus> {
  const all = await readPostgresCredentials(cluster, credential.namespace);
  return storedWaitStatus(all.find(({ uid }) => uid === credential.uid)?.document);
}
