import type { Command } from 'commander';
import { repeatable } from '../cli/repeatable.ts';
import type { Shell } from '../cli/shell.ts';
import type { PolicyTestOptions } from './test.ts';

const HELP = `
NAME.test.yaml holds the cases of NAME.yaml next to it: a list of {name, secret, expect: {verdict, findings}}.
Exit code: 0 all are as expected, 1 some are not, 2 something could not be read.
Examples:
  lockstep policy test policies/
  lockstep policy test policies/shop.yaml --no-builtin jwt-keys`;

/** The command lines of `lockstep policy …`. Their modules load when they run. */
export function addPolicy(program: Command, shell: Shell, setExitCode: (exitCode: number) => void): void {
  const policy = program.command('policy').description('Try SecretPolicies before they are rolled out.');
  policy
    .command('test')
    .description('Validate the Secrets of case files as the cluster would, and compare the expected results.')
    .argument('[path...]', 'case files, policy files, and folders (default: the current one)')
    .addOption(
      repeatable('--policy <path>', 'more SecretPolicies to validate with; may be repeated').default(
        [],
        'none',
      ),
    )
    .addOption(repeatable('--no-builtin <name>', 'built-in policy to leave out; may be repeated'))
    .addHelpText('after', HELP)
    .action(async (paths: readonly string[], options: PolicyTestOptions) => {
      const { policyTest } = await import('./test.ts');
      setExitCode(await policyTest(paths, options, shell));
    });
}
