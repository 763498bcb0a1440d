import type { Test } from 'tap';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { installController } from '../../testbed/lockstep/controller.ts';
import { installLockstep } from '../../testbed/lockstep/lockstep.ts';
import { until } from '../../testbed/process/until.ts';
import { aCluster } from '../cluster/cluster.ts';
import { aTeam, type Team } from '../cluster/team.ts';
import { lockstepOn } from '../cluster/versioned-secret.ts';

/** Whether the webhook answers. If it does not, each write passes it, and the controller alone corrects. */
export type Webhook = 'answers' | 'is silent';

/** A cluster with lockstep's controller, on which a tool syncs. */
export interface World {
  readonly webhook: Webhook;
  readonly cluster: Cluster;
  readonly lockstep: ReturnType<typeof lockstepOn>;
  team(): Promise<Team>;
  /** Runs a write that no webhook sees. */
  unseen(write: () => Promise<unknown>): Promise<void>;
  /** Waits for the controller. */
  until(what: string, is: () => Promise<boolean>): Promise<void>;
}

export async function aWorld(t: Test, webhook: Webhook): Promise<World> {
  const cluster = await aCluster(t, { controllers: true });
  const served = webhook === 'answers' ? await installLockstep(cluster) : undefined;
  const controllers = await installController(cluster);
  // No pod reads a value: a rotation needs no time to reach them.
  const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '0' });
  return {
    webhook,
    cluster,
    lockstep: lockstepOn(t, cluster.kubeconfig, []),
    team: () => aTeam(cluster),
    unseen: async (write) => {
      await served?.stop();
      await write();
      await served?.start();
    },
    until: (what, is) => until(what, [daemon], is),
  };
}

/** Both forms of a manifest, by the name of its field. */
export const FIELDS = ['data', 'stringData'] as const;
export type Field = (typeof FIELDS)[number];

type Texts = Readonly<Record<string, string>>;

/** The Secret `app` as Git holds it. lockstep may generate its values. */
export function inGit(values: Texts, field: Field): object {
  const encode = (text: string) => (field === 'data' ? Buffer.from(text).toString('base64') : text);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'app', annotations: { 'lockstep.dev/generate': 'true' } },
    [field]: Object.fromEntries(Object.entries(values).map(([key, text]) => [key, encode(text)])),
  };
}
