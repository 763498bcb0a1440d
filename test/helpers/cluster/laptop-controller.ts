import type { Test } from 'tap';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';
import { fetchText, type Process, start } from './lockstep.ts';

/** `lockstep controller ARGS` outside of the cluster, with the rights of the kubeconfig. Resolves when it leads. */
export async function aLaptopController(
  t: Test,
  { kubeconfig, kubectl }: Pick<Cluster, 'kubeconfig' | 'kubectl'>,
  ...args: readonly string[]
): Promise<Process & { readonly stop: () => Promise<void> }> {
  // The Lease is there.
  await kubectl(['create', 'namespace', 'lockstep-system']);
  const port = await freePort();
  const flags = ['--kubeconfig', kubeconfig, '--metrics-port', String(port), '--propagation-seconds', '1'];
  const process = start(t, {
    file: globalThis.process.execPath,
    args: [entryPoint(), 'controller', ...flags, ...args],
  });
  let isEnded = false;
  void process.exited.then(() => {
    isEnded = true;
  });
  await until('a leader on this machine', [], async () => {
    if (isEnded) throw new Error(`the controller ended: ${process.stderr()}`);
    return /^lockstep_controller_leader 1$/m.test((await fetchText(port, '/metrics')).text);
  });
  return {
    ...process,
    stop: async () => {
      process.child.kill('SIGTERM');
      t.equal(await process.exited, 0, process.stderr());
    },
  };
}
