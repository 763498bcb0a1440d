import { storedWaitStatus, type WaitStatus } from '../../engine/credential/status/wait-status.ts';
import { readCredentials } from '../../kube/objects/credentials.ts';
import type { PasswordChangeRun } from './run.ts';

/** The wait status in the PostgresCredential, written by the controller. Throws LockstepError. */
export async function readWaitStatus({
  cluster,
  credential,
}: Pick<PasswordChangeRun, 'cluster' | 'credential'>): Promise<WaitStatus> {
  const all = await readCredentials(cluster, credential.namespace, 'PostgresCredential');
  return storedWaitStatus(all.find(({ uid }) => uid === credential.uid)?.document);
}
