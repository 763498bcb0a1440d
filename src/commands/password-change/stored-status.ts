import { type Tidings, tidingsIn } from '../../engine/credential/status/wait-status.ts';
import { readPostgresCredentials } from '../../kube/objects/postgres-credentials.ts';
import type { LoginRun } from './run.ts';

/** What the controller has written into the status of the PostgresCredential. Throws LockstepError. */
export async function tidingsOfCredential({
  cluster,
  credential,
}: Pick<LoginRun, 'cluster' | 'credential'>): Promise<Tidings> {
  const all = await readPostgresCredentials(cluster, credential.namespace);
  return tidingsIn(all.find(({ uid }) => uid === credential.uid)?.document);
}
