import { type Command, Option } from 'commander';
import { addHelp } from '../cli/command-help.ts';
import { refuseWith } from '../cli/ignored-options.ts';
import type { Shell } from '../cli/shell.ts';
import { wholeNumber } from '../cli/whole-number.ts';
import { type SecretArgument, secretArgument, secretRefOf } from '../secret-argument/secret-argument.ts';
import { addSecretChangeOptions } from '../secret-session/options.ts';
import type { RollbackOptions } from './load.ts';

const HELP = {
  examples: ['lockstep rollback shop/app --dry-run', 'lockstep rollback shop/app --to 4'],
};

/** Each change of a Secret adds one. */
const MAX_VERSION = 999_999_999_999_999;

/** An option that the user omits is absent. */
type RollbackCliOptions = Omit<RollbackOptions, 'dryRun' | 'force'> &
  Partial<Pick<RollbackOptions, 'dryRun' | 'force'>>;

/** The command line of `lockstep rollback`. Its modules load when it runs. */
export function addRollback(program: Command, shell: Shell, setExitCode: (exitCode: number) => void): void {
  const command = program
    .command('rollback')
    .summary('Roll back a Secret, and its server, to an earlier version.')
    .description('Restore an earlier version of a Secret and of its server, and restart the consumers.')
    .addArgument(secretArgument('<secret>'))
    .addOption(
      new Option(
        '--to <version>',
        'its number, as lockstep history shows it (default: the one before)',
      ).argParser(wholeNumber(1, MAX_VERSION)),
    )
    .option('--dry-run', 'say what would change and who would restart; write nothing')
    .option('--force', 'write what the policies deny; the webhook may still deny it');
  refuseWith(command, '--dry-run', ['--timeout']);
  addSecretChangeOptions(command).action(
    async (secret: SecretArgument, { dryRun = false, force = false, ...options }: RollbackCliOptions) => {
      const { rollback } = await import('./rollback.ts');
      setExitCode(
        await rollback(await secretRefOf(secret, options, shell), { ...options, dryRun, force }, shell),
      );
    },
  );
  addHelp(command, HELP);
}
