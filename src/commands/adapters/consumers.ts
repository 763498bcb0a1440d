import { consumersOf, type SecretChanges } from '../../engine/diagnosis/secret-checks/consumer-facts.ts';
import type { ConsumerFacts } from '../../engine/diagnosis/secret-checks/stale-consumers.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { ListOptions } from '../../kube/client/list.ts';
import { readTemplateCreationTime, readWorkloads } from '../../kube/objects/workloads.ts';

/** The consumers of the Secret, and the start of their pods. Throws LockstepError. */
export async function readConsumers(
  cluster: Cluster,
  secret: Secret,
  changes: SecretChanges,
  options: ListOptions = {},
): Promise<readonly ConsumerFacts[]> {
  const { namespace, name } = secret;
  const readers = (await readWorkloads(cluster, namespace, options)).filter(({ uses }) => uses.has(name));
  const withRevision = [];
  for (const workload of readers)
    withRevision.push({ workload, revised: await readTemplateCreationTime(cluster, workload) });
  return consumersOf(secret, withRevision, changes);
}
