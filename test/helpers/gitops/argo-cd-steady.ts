import type { Cluster } from '../../testbed/cluster/cluster.ts';
import type { ArgoCdApplication } from './argo-cd.ts';
import { now, writesSince } from './count-writes.ts';

export interface Steady {
  /** Writes of the Secret by five syncs. */
  readonly writes: number;
  /** Comparisons before these syncs that were OutOfSync. */
  readonly differences: number;
}

/** Five comparisons, each with a sync, of content that does not change. */
export async function fiveSyncs(
  cluster: Cluster,
  place: { readonly namespace: string; readonly name: string },
  application: ArgoCdApplication,
  git: readonly object[],
): Promise<Steady> {
  const start = await now(cluster, place.namespace);
  let differences = 0;
  for (let round = 0; round < 5; round += 1) {
    const { status } = await application.compare(git);
    if (status === 'OutOfSync') differences += 1;
    await succeeds(application, git);
  }
  return { writes: await writesSince(cluster, place, start), differences };
}

/** With `Replace=true`, a write of the controller between read and replacement is a conflict. Argo CD syncs again. */
const MAX_CONFLICTS = 3;

/** A sync that must succeed. */
export async function succeeds(
  application: ArgoCdApplication,
  git: readonly object[],
  conflicts = 0,
): Promise<void> {
  const { phase, message, resources } = await application.sync(git);
  if (phase === 'Succeeded') return;
  const details = (resources ?? []).map((each) => each.message).join('; ');
  if (conflicts < MAX_CONFLICTS && details.includes('the object has been modified'))
    return await succeeds(application, git, conflicts + 1);
  throw new Error(`${phase}: ${message}: ${details}`);
}
