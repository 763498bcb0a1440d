import type { Command } from 'commander';
import type { Shell } from '../cli/shell.ts';
import type { ProbeOptions } from './probe.ts';

/** The command line of `lockstep probe`. Its modules load when it runs. */
export function addProbe(program: Command, shell: Shell, setExitCode: (code: number) => void): void {
  program
    .command('probe')
    .description('Say whether the API server reaches lockstep, and if not, why.')
    .option('--kubeconfig <file>', 'the cluster (default: as kubectl finds it)')
    .option('--context <name>', 'a context of the kubeconfig (default: its current one)')
    .option('-n, --namespace <name>', 'namespace that lockstep runs in', 'lockstep-system')
    .action(async (options: ProbeOptions) => {
      const { runProbe: probeByHand } = await import('./probe.ts');
      setExitCode(await probeByHand(options, shell));
    });
}
