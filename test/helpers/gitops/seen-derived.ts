import { connect } from '../../../src/kube/client/connect.ts';
import { readRecord } from '../../../src/kube/record/records.ts';
import { NAME, type Team } from '../cluster/team.ts';
import type { World } from './world.ts';

/**
 * Without a webhook that answers, the controller derives only a key that has agreed with its base keys before. Resolves
 * when it has seen that.
 */
export async function untilSeen(world: World, { namespace }: Team): Promise<void> {
  if (world.webhook === 'answers') return;
  const api = connect({ kubeconfig: world.cluster.kubeconfig });
  await world.until(`the record of ${namespace}`, async () => {
    const found = await readRecord(api, { namespace, name: NAME });
    return found.kind === 'read' && found.record.inSyncKeys.has('DATABASE_URL');
  });
}
