import type { Command } from 'commander';
import { addSecretOptions } from '../cli/cluster-options.ts';
import { addHelp } from '../cli/command-help.ts';
import { addOutputOption } from '../cli/report-options.ts';
import type { Shell } from '../cli/shell.ts';
import { type SecretArgument, secretArgument, secretRefOf } from '../secret-argument/secret-argument.ts';
import type { HistoryOptions } from './history.ts';

const HELP = {
  notes: ['Reads the Secret and its record, writes nothing, prints no value.'],
  examples: ['lockstep history app -n shop'],
};

/** The command line of `lockstep history`. Its modules load when it runs. */
export function addHistory(program: Command, shell: Shell): void {
  const command = program
    .command('history')
    .summary('List the versions of a Secret: when, by whom, why.')
    .description('List the versions of a Secret: when, by whom, which keys, why.')
    .addArgument(secretArgument('<secret>'));
  addSecretOptions(addOutputOption(command, ['wide', 'json', 'yaml'])).action(
    async (secret: SecretArgument, options: HistoryOptions) => {
      const { history } = await import('./history.ts');
      await history(await secretRefOf(secret, options, shell), options, shell);
    },
  );
  addHelp(command, HELP);
}
