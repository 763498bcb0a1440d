import { join } from 'node:path';
import type { Test } from 'tap';
import { type Cluster as Api, connect } from '../../../src/kube/client/connect.ts';
import { probe } from '../../../src/kube/webhooks/probe.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { canListen, freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';
import { aCluster } from '../cluster/cluster.ts';
import { fakeKubelet } from '../cluster/fake-kubelet.ts';
import { pinService } from '../cluster/pin-service.ts';
import { aPageShell, type PageShell, type ShellResult } from './page-shell.ts';

/** Components that run. The controller runs only for a page that needs it, because it takes two processes. */
type Components = NonNullable<Parameters<typeof fakeKubelet>[3]>;

/** A cluster on which nothing is installed, with everything that lockstep's pods need, and a shell in front of it. */
const aPageCluster = (t: Test, components?: Components): Promise<PageShell> =>
  aClusterBehind(t, components, async (cluster, service) => {
    const shell = await aPageShell(join(cluster.dir, 'clone'), cluster.kubeconfig);
    pinService(join(shell.dir, 'manifests'), service);
    return shell;
  });

/** The same, with another shell. */
export async function aClusterBehind(
  t: Test,
  components: Components | undefined,
  shellFor: (
    cluster: Cluster,
    service: { readonly address: string; readonly port: number },
  ) => Promise<PageShell>,
): Promise<PageShell> {
  const cluster = await aCluster(t, { controllers: true });
  const address = cluster.serviceIP(10);
  const port = (await canListen(address, 443)) ? 443 : await freePort(address);
  fakeKubelet(t, cluster, { address, port }, components);
  const shell = await shellFor(cluster, { address, port });
  const api = connect({ kubeconfig: cluster.kubeconfig });
  return { ...shell, run: (script) => runAndWait(shell, api, script) };
}

/** The same, and lockstep is installed as the README says. */
export async function aPageClusterWithLockstep(t: Test, components?: Components): Promise<PageShell> {
  const shell = await aPageCluster(t, components);
  const { exitCode, output } = await shell.run(INSTALL);
  if (exitCode !== 0) throw new Error(output);
  return shell;
}

const ROLLOUT = 'kubectl -n lockstep-system rollout status deployment/lockstep-webhook';
const INSTALL = `kubectl apply -k manifests\n${ROLLOUT}`;

/**
 * Once a rollout is through, the API server takes a moment to notice the last caBundle. A reader takes longer to type
 * the next command.
 */
async function runAndWait(shell: PageShell, api: Api, script: string): Promise<ShellResult> {
  const ran = await shell.run(script);
  if (script.includes(ROLLOUT) && ran.exitCode === 0) {
    await until(
      'the API server to reach lockstep',
      [],
      async () => (await probe(api, NAMESPACE, POD)).reached,
    );
  }
  return ran;
}

const NAMESPACE = 'lockstep-system';
const POD = `system:serviceaccount:${NAMESPACE}:lockstep-webhook`;
