import { storedWaitStatus, type WaitStatus } from '../../engine/credential/status/wait-status.ts';
import { serverKindOf } from '../../engine/server-kinds/kinds.ts';
import { readCredentials } from '../../kube/objects/credentials.ts';
import type { PasswordChangeRun } from './run.ts';

/** The wait status in the credential, written by the controller. Throws LockstepError. */
export async function readWaitStatus({
  cluster,
  credential,
}: Pick<PasswordChangeRun, 'cluster' | 'credential'>): Promise<WaitStatus> {
  const all = await readCredentials(cluster, credential.namespace, serverKindOf(credential.spec.keys).object);
  return storedWaitStatus(all.find(({ uid }) => uid === credential.uid)?.document);
}
