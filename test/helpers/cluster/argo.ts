import { join } from 'node:path';
import type { Test } from 'tap';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { until } from '../../testbed/process/until.ts';
import type { Loose } from './kustomize.ts';

/** The list of all Rollouts of Argo. */
export const ROLLOUTS = '/apis/argoproj.io/v1alpha1/rollouts';

const CRD = join(import.meta.dirname, '..', '..', 'data', 'crds', 'rollouts.yaml');

/** Installs the kind. Resolves when the API server has it. */
export async function installRollouts(cluster: Cluster): Promise<void> {
  await cluster.mustRun(['apply', '--server-side', '-f', CRD]);
  await until('the kind', [], async () => (await cluster.request(ROLLOUTS)).status === 200);
}

/**
 * Plays the part of Argo's controller by writes of the status, until the end of the test. It replaces all pods at
 * once, as soon as a restart is due. It leaves a Rollout `stuck` as it is, and `paused` in the middle of a canary.
 */
export function playArgo(t: Test, cluster: Cluster): void {
  let isStopped = false;
  const playing = (async () => {
    while (!isStopped) {
      const { items = [] } = (await cluster.request(ROLLOUTS)).json() as {
        readonly items?: readonly Loose[];
      };
      for (const one of items) await replacePods(cluster, one);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  t.teardown(() => {
    isStopped = true;
    return playing;
  });
}

async function replacePods(cluster: Cluster, { metadata, spec, status = {} }: Loose): Promise<void> {
  const { name, namespace, generation } = metadata;
  const isSeen = status.observedGeneration === `${generation}` && status.restartedAt === spec.restartAt;
  const isDue = spec.restartAt === undefined || Date.parse(spec.restartAt) < Date.now();
  if (isSeen || !isDue || name === 'stuck') return;
  await cluster.request(`/apis/argoproj.io/v1alpha1/namespaces/${namespace}/rollouts/${name}/status`, {
    method: 'PATCH',
    contentType: 'application/merge-patch+json',
    body: {
      status: {
        observedGeneration: `${generation}`,
        restartedAt: spec.restartAt,
        availableReplicas: spec.replicas,
        stableRS: 'a',
        currentPodHash: name === 'paused' ? 'b' : 'a',
        phase: name === 'paused' ? 'Paused' : 'Healthy',
      },
    },
  });
}
