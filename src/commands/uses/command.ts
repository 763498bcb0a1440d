import type { Command } from 'commander';
import { addAllNamespaces, addSecretOptions, lockstepNamespaceOption } from '../cli/cluster-options.ts';
import { addHelp } from '../cli/command-help.ts';
import { refuseWith, refuseWithout } from '../cli/ignored-options.ts';
import { addOutputOption } from '../cli/report-options.ts';
import type { Shell } from '../cli/shell.ts';
import { type SecretArgument, secretArgument } from '../secret-argument/secret-argument.ts';
import type { UsesOptions } from './uses.ts';

const HELP = {
  notes: ['Reads objects and Secrets, writes nothing, prints no value.'],
  examples: ['lockstep uses shop/app', 'lockstep uses --unused -A'],
};

/** The command line of `lockstep uses`. Its modules load when it runs. */
export function addUses(program: Command, shell: Shell, setExitCode: (code: number) => void): void {
  const command = program
    .command('uses')
    .summary('List what reads a Secret, or the Secrets that nothing reads.')
    .description(
      'List each object that reads a Secret: which keys, how, and what restarts it.\nWith --unused, list the Secrets and the keys that no object reads.',
    )
    .addArgument(secretArgument('[secret]'))
    .option('--unused', 'list the Secrets and the keys that no object reads');
  addAllNamespaces(command, 'with --unused: all namespaces, whatever -n says').addOption(
    lockstepNamespaceOption(),
  );
  refuseWithout(command, ['--unused'], ['--all-namespaces']);
  refuseWith(command, '--unused', ['--lockstep-namespace']);
  addSecretOptions(addOutputOption(command, ['wide', 'json'])).action(
    async (secret: SecretArgument | undefined, options: UsesOptions) => {
      const { uses } = await import('./uses.ts');
      setExitCode(await uses(secret, options, shell));
    },
  );
  addHelp(command, HELP);
}
