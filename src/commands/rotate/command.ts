import { type Command, Option } from 'commander';
import { addHelp } from '../cli/command-help.ts';
import { refuseWith } from '../cli/ignored-options.ts';
import type { Shell } from '../cli/shell.ts';
import { type SecretArgument, secretArgument, secretRefOf } from '../secret-argument/secret-argument.ts';
import { addSecretChangeOptions } from '../secret-session/options.ts';
import type { RotateOptions } from './rotate.ts';

const HELP = {
  examples: ['lockstep rotate shop/app --key JWT_SECRET'],
};

/** The command line of `lockstep rotate`. Its modules load when it runs. */
export function addRotate(program: Command, shell: Shell, setExitCode: (exitCode: number) => void): void {
  const command = program
    .command('rotate')
    .summary('Give a login another password now, or keys new values.')
    .description(
      'Give a login another password, in server and Secret, or generated keys new values; restart consumers.',
    )
    .addArgument(secretArgument('<secret>'))
    .addOption(
      new Option(
        '--key <key>',
        'may be repeated, or the password of one login (default: the login, else each that a policy rotates)',
      ).argParser((key: string, before: readonly string[] = []) => [...before, key]),
    )
    .option('--from-secret', 'the server gets the password that the Secret holds')
    .option('--cancel', 'cancel a request that has not begun')
    .option('--dry-run', 'try logins, rights and admission; say what would change, and write nothing');
  refuseWith(command, '--cancel', ['--dry-run', '--from-secret', '--timeout']);
  refuseWith(command, '--dry-run', ['--timeout']);
  addSecretChangeOptions(command, 'limit between two steps, and for one workload').action(
    async (secret: SecretArgument, options: RotateOptions) => {
      const { rotate } = await import('./rotate.ts');
      setExitCode(await rotate(await secretRefOf(secret, options, shell), options, shell));
    },
  );
  addHelp(command, HELP);
}
