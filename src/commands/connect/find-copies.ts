import {
  type Copy,
  copyIn,
  mayBeAdministrator,
  type SoughtLogin,
} from '../../engine/login/new-credential/copies.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { listSecrets } from '../../kube/secrets/list-secrets.ts';
import type { Gaps } from './gaps.ts';

export interface FoundSecrets {
  readonly copies: readonly Copy[];
  /** The names of Secrets that may hold an administrator. */
  readonly admins: readonly string[];
}

/** The Secrets with the same login: of all namespaces, or of its own if the user may not list others. */
export async function findCopies(
  login: SoughtLogin,
  policies: readonly Policy[],
  cluster: Cluster,
  gaps: Gaps,
): Promise<FoundSecrets> {
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
    return copies ?? { copies: [], admins: [] };
  }
}

/** More names help nobody. */
const MAX_ADMINS = 5;

async function copiesIn(
  namespace: string | undefined,
  login: SoughtLogin,
  policies: readonly Policy[],
  cluster: Cluster,
): Promise<FoundSecrets> {
  const [copies, admins]: [Copy[], string[]] = [[], []];
  for await (const one of listSecrets(cluster, { namespace })) {
    if ('unread' in one) continue;
    const copy = copyIn(one, login, policies);
    if (copy !== undefined) copies.push(copy);
    if (admins.length < MAX_ADMINS && mayBeAdministrator(one, login)) admins.push(one.name);
  }
  return { copies, admins };
}
