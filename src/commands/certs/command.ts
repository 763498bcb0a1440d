import type { Command } from 'commander';
import { addClusterOptions, lockstepNamespaceOption } from '../cli/cluster-options.ts';
import { addHelp } from '../cli/command-help.ts';
import { refuseWith } from '../cli/ignored-options.ts';
import type { Shell } from '../cli/shell.ts';
import type { CertsOptions } from './certs.ts';

/** The command line of `lockstep certs`. Its modules load when it runs. */
export function addCerts(program: Command, shell: Shell): void {
  const command = program
    .command('certs')
    .summary('Make the certificate of the webhooks, and have it trusted.')
    .description('Make the certificate of the webhooks, and have the API server trust it.')
    .option('--cert-dir <folder>', 'write development certificates there instead')
    .option('--renew', 'make a new certificate although the old one is still good', false)
    .option('--dry-run', 'say what would be written, and write nothing', false)
    .addOption(lockstepNamespaceOption());
  refuseWith(command, '--cert-dir', ['--kubeconfig', '--context']);
  addClusterOptions(command).action(async (options: CertsOptions) => {
    const { certs } = await import('./certs.ts');
    await certs(options, {
      now: () => new Date(),
      env: shell.env,
      print: (line) => void shell.stdout.write(`${line}\n`),
    });
  });
  addHelp(command);
}
