import type { Command } from 'commander';
import { addClusterOptions, lockstepNamespaceOption } from '../cli/cluster-options.ts';
import { addHelp } from '../cli/command-help.ts';
import { refuseWith } from '../cli/ignored-options.ts';
import { addOutputOption } from '../cli/report-options.ts';
import type { Shell } from '../cli/shell.ts';
import type { VersionOptions } from './version.ts';

const HELP = {
  examples: ['lockstep version --client', 'lockstep version --context prod -o json'],
};

/** The command line of `lockstep version`. Its modules load when it runs. */
export function addVersion(program: Command, shell: Shell): void {
  const command = program
    .command('version')
    .description('Print the versions of this program, of lockstep in the cluster, and of the cluster.')
    .option('--client', 'only this program: no cluster is asked')
    .addOption(lockstepNamespaceOption());
  refuseWith(command, '--client', ['--kubeconfig', '--context', '--lockstep-namespace']);
  addClusterOptions(addOutputOption(command, ['json', 'yaml'])).action(async (options: VersionOptions) => {
    const { version } = await import('./version.ts');
    await version(options, shell);
  });
  addHelp(command, HELP);
}
