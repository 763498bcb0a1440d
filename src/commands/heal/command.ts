import type { Command } from 'commander';
import { addHelp } from '../cli/command-help.ts';
import { addConnectOptions } from '../cli/connect-options.ts';
import { refuseWith } from '../cli/ignored-options.ts';
import type { Shell } from '../cli/shell.ts';
import { type SecretArgument, secretArgument, secretRefOf } from '../secret-argument/secret-argument.ts';
import { addSecretChangeOptions } from '../secret-session/options.ts';
import type { HealOptions } from './heal.ts';

const HELP = {
  examples: ['lockstep heal shop/app --dry-run', 'lockstep heal shop/app --connect'],
};

/** An option that the user omits is absent. */
type HealCliOptions = Omit<HealOptions, 'dryRun' | 'connect'> &
  Partial<Pick<HealOptions, 'dryRun' | 'connect'>>;

/** The command line of `lockstep heal`. Its modules load when it runs. */
export function addHeal(program: Command, shell: Shell, setExitCode: (exitCode: number) => void): void {
  const command = program
    .command('heal')
    .summary('Correct derived keys that disagree with their base keys.')
    .description('Correct the derived keys of a stored Secret that disagree with its base keys.')
    .addArgument(secretArgument('<secret>'))
    .option('--dry-run', 'say which keys and parts would change and who would restart; write nothing');
  addConnectOptions(command, 'first try which password opens the server; keep a URL that alone does');
  refuseWith(command, '--dry-run', ['--timeout']);
  addSecretChangeOptions(command).action(
    async (secret: SecretArgument, { dryRun = false, connect = false, ...options }: HealCliOptions) => {
      const [{ heal }, { tryLogin }] = await Promise.all([
        import('./heal.ts'),
        import('../login-attempts/try-login.ts'),
      ]);
      setExitCode(
        await heal(
          await secretRefOf(secret, options, shell),
          { ...options, dryRun, connect },
          shell,
          tryLogin,
        ),
      );
    },
  );
  addHelp(command, HELP);
}
