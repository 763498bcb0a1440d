import { type Copy, copyIn, type SoughtLogin } from '../../engine/connect/copies.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { listSecrets } from '../../kube/secrets/list-secrets.ts';
import type { Gaps } from './gaps.ts';

/** The Secrets with the same login: of all namespaces, or of its own if the user may not list others. */
export async function findCopies(
  login: SoughtLogin,
  policies: readonly Policy[],
  cluster: Cluster,
  gaps: Gaps,
): Promise<readonly Copy[]> {
  try {
    return await copiesIn(undefined, login, policies, cluster);
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    const { namespace } = login.place;
    const copies = await gaps.fact(() => copiesIn(namespace, login, policies, cluster));
    if (copies !== undefined)
      gaps.notes.push(
        `Copies of the login were looked for in namespace ${namespace} alone: ${error.problem}.`,
      );
    return copies ?? [];
  }
}

async function copiesIn(
  namespace: string | undefined,
  login: SoughtLogin,
  policies: readonly Policy[],
  cluster: Cluster,
): Promise<readonly Copy[]> {
  const copies: Copy[] = [];
  for await (const one of listSecrets(cluster, { namespace })) {
    const copy = 'unread' in one ? undefined : copyIn(one, login, policies);
    if (copy !== undefined) copies.push(copy);
  }
  return copies;
}
