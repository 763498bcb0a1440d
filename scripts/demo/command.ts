import { execa } from 'execa';
import type { Cluster } from '../../test/testbed/cluster/cluster.ts';
import type { KubectlResult } from '../../test/testbed/cluster/kubectl.ts';
import { entryPoint } from '../../test/testbed/lockstep/release.ts';
import type { Step } from './step.ts';

/** Runs kubectl or lockstep as the administrator of the cluster. */
export async function runCommand(
  cluster: Cluster,
  { command: [program, ...args], input = '' }: Pick<Step, 'command' | 'input'>,
): Promise<KubectlResult> {
  if (program === 'kubectl') return cluster.kubectl(args, { input });
  const { stdout, stderr, exitCode, shortMessage } = await execa(process.execPath, [entryPoint(), ...args], {
    input,
    env: { PATH: process.env.PATH, HOME: cluster.dir, KUBECONFIG: cluster.kubeconfig },
    extendEnv: false,
    stripFinalNewline: false,
    reject: false,
  });
  if (exitCode === undefined) throw new Error(`lockstep ${args.join(' ')}: ${shortMessage}`);
  return { stdout, stderr, exitCode };
}
