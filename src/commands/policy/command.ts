import { type Command, Option } from 'commander';
import { POLICY_TEST_FORMATS } from '../../report/policy/policy-test-form-names.ts';
import { repeatable } from '../cli/repeatable.ts';
import { formatOption } from '../cli/report-options.ts';
import type { Shell } from '../cli/shell.ts';
import type { PolicyListOptions } from './list.ts';
import type { PolicyTestOptions } from './test.ts';

const TEST_HELP = `
NAME.test.yaml holds the cases of NAME.yaml next to it: a list of {name, secret, expect: {verdict, findings, values}}.
Exit code: 0 all are as expected, 1 some are not, 2 something could not be read.
Examples:
  lockstep policy test policies/
  lockstep policy test policies/shop.yaml --no-builtin jwt-keys`;

const LIST_HELP = `
Without --context or --kubeconfig: the built-in policies and those at --policy.
Examples:
  lockstep policy list --context prod
  lockstep policy list --policy policies/ -o wide`;

const SHOW_HELP = `
Examples:
  lockstep policy show postgres-credentials
  lockstep policy show shop --policy policies/shop.yaml -o yaml`;

const VALIDATE_HELP = `
Exit code: 0 all are valid, 1 some have faults, 2 something could not be read.
Example: lockstep policy validate policies/`;

/** The forms of kubectl. */
const OUTPUTS = ['wide', 'json', 'yaml', 'name'];

/** The command lines of `lockstep policy …`. Their modules load when they run. */
export function addPolicy(program: Command, shell: Shell, setExitCode: (exitCode: number) => void): void {
  const policy = program.command('policy').description('List, show, validate and test SecretPolicies.');
  addSourceOptions(policy.command('list'))
    .description('List the policies in order of precedence, with the action that takes effect.')
    .addHelpText('after', LIST_HELP)
    .action(async (options: PolicyListOptions) => {
      const { listPolicies } = await import('./list.ts');
      await listPolicies(options, shell);
    });
  addSourceOptions(policy.command('show'))
    .description('Show one policy: which Secrets it selects, and what it asks of each key.')
    .argument('<name>', 'name of the policy')
    .addHelpText('after', SHOW_HELP)
    .action(async (name: string, options: PolicyListOptions) => {
      const { showPolicy } = await import('./list.ts');
      await showPolicy(name, options, shell);
    });
  policy
    .command('validate')
    .description('Report each fault of policy files, with its line and a fix.')
    .argument('[path...]', 'policy files and folders (default: the current one)')
    .addHelpText('after', VALIDATE_HELP)
    .action(async (paths: readonly string[]) => {
      const { validatePolicies } = await import('./validate.ts');
      setExitCode(await validatePolicies(paths, shell));
    });
  addPolicyOptions(policy.command('test'))
    .description('Validate the Secrets of case files as the cluster would, and compare the expected results.')
    .argument('[path...]', 'case files, policy files, and folders (default: the current one)')
    .addOption(formatOption(POLICY_TEST_FORMATS))
    .addHelpText('after', TEST_HELP)
    .action(async (paths: readonly string[], options: PolicyTestOptions) => {
      const { policyTest } = await import('./test.ts');
      setExitCode(await policyTest(paths, options, shell));
    });
}

const addSourceOptions = (command: Command): Command =>
  addPolicyOptions(command)
    .option('--kubeconfig <file>', 'the cluster whose policies count too')
    .option('--context <name>', 'a context of the kubeconfig, whose policies count too')
    .addOption(new Option('-o, --output <form>', 'another form').choices(OUTPUTS));

const addPolicyOptions = (command: Command): Command =>
  command
    .addOption(repeatable('--policy <path>', 'more SecretPolicies; may be repeated').default([], 'none'))
    .addOption(repeatable('--no-builtin <name>', 'built-in policy to leave out; may be repeated'));
