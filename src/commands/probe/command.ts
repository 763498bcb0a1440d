import type { Command } from 'commander';
import { addClusterOptions, lockstepNamespaceOption } from '../cli/cluster-options.ts';
import { addHelp } from '../cli/command-help.ts';
import type { Shell } from '../cli/shell.ts';
import type { ProbeOptions } from './probe.ts';

/** The command line of `lockstep probe`. Its modules load when it runs. */
export function addProbe(program: Command, shell: Shell, setExitCode: (code: number) => void): void {
  const command = program
    .command('probe')
    .description('Say whether the API server reaches lockstep, and if not, why.')
    .addOption(lockstepNamespaceOption())
    .option('--as <user>', 'impersonate this user for the write of a Secret');
  addClusterOptions(command).action(async (options: ProbeOptions) => {
    const { runProbe: probeByHand } = await import('./probe.ts');
    setExitCode(await probeByHand(options, shell));
  });
  addHelp(command);
}
