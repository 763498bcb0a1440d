import { type Command, Option } from 'commander';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { secretRefArgument } from '../cli/secret-ref-argument.ts';
import type { Shell } from '../cli/shell.ts';
import type { HistoryOptions } from './history.ts';

const HELP = `
Reads the Secret and its record, writes nothing, prints no value.
Example:
  lockstep history shop/app`;

/** The command line of `lockstep history`. Its modules load when it runs. */
export function addHistory(program: Command, shell: Shell): void {
  program
    .command('history')
    .summary('List the versions of a Secret: when, by whom, why.')
    .description('List the versions of a Secret: when, by whom, which keys, why.')
    .argument('<namespace/name>', 'the Secret', secretRefArgument)
    .addOption(
      new Option('--format <format>', 'form of the report').choices(['text', 'json']).default('text'),
    )
    .option('--kubeconfig <file>', 'the cluster (default: as kubectl finds it)')
    .option('--context <name>', 'a context of the kubeconfig (default: its current one)')
    .addHelpText('after', HELP)
    .action(async (ref: SecretRef, options: HistoryOptions) => {
      const { history } = await import('./history.ts');
      await history(ref, options, shell);
    });
}
