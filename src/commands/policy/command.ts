import { type Command, Option } from 'commander';
import { addPolicyClusterOptions } from '../cli/cluster-options.ts';
import { addHelp } from '../cli/command-help.ts';
import { repeatable } from '../cli/repeatable.ts';
import { addOutputOption, formatOption } from '../cli/report-options.ts';
import type { Shell } from '../cli/shell.ts';
import type { PolicyFloorOptions } from './floor.ts';
import type { PolicyListOptions, PolicyShowOptions } from './list.ts';
import type { PolicyTestOptions } from './test.ts';

const TEST_HELP = {
  notes: [
    'NAME.test.yaml holds the cases of NAME.yaml next to it: a list of',
    '{name, secret, expect: {verdict, findings, values}}.',
  ],
  examples: [
    'lockstep policy test policies/',
    'lockstep policy test policies/shop.yaml --no-builtin jwt-keys',
    'lockstep policy test policies/ --context prod',
  ],
};

const LIST_HELP = {
  notes: ['Without --context or --kubeconfig: the built-in policies and those at --policy.'],
  examples: ['lockstep policy list --context prod', 'lockstep policy list --policy policies/ -o wide'],
};

const SHOW_HELP = {
  examples: [
    'lockstep policy show postgres-credentials',
    'lockstep policy show shop --policy policies/shop.yaml -o yaml',
  ],
};

const VALIDATE_HELP = {
  examples: ['lockstep policy validate policies/'],
};

const FLOOR_HELP = {
  notes: ['The API server evaluates these objects itself, also while no pod of lockstep answers.'],
  examples: [
    'lockstep policy floor --context prod | kubectl --context prod apply --server-side -f -',
    'lockstep policy floor --policy policies/ > floor.yaml',
  ],
};

/** The forms of kubectl. */
const OUTPUTS = ['json', 'yaml'];

/** The command lines of `lockstep policy …`. Their modules load when they run. */
export function addPolicy(program: Command, shell: Shell, setExitCode: (exitCode: number) => void): void {
  const policy = program.command('policy').description('List, show, validate and test SecretPolicies.');
  const list = addSourceOptions(policy.command('list'), ['wide', ...OUTPUTS])
    .description('List the policies in order of precedence, with the action that takes effect.')
    .action(async (options: PolicyListOptions) => {
      const { listPolicies } = await import('./list.ts');
      await listPolicies(options, shell);
    });
  const show = addSourceOptions(policy.command('show'), OUTPUTS)
    .description('Show one policy: which Secrets it selects, and what it asks of each key.')
    .argument('<name>', 'name of the policy')
    .action(async (name: string, options: PolicyShowOptions) => {
      const { showPolicy } = await import('./list.ts');
      await showPolicy(name, options, shell);
    });
  const validate = policy
    .command('validate')
    .description('Report each fault of policy files, with its line and a fix.')
    .argument('[path...]', 'policy files and folders (default: the current one)')
    .action(async (paths: readonly string[]) => {
      const { validatePolicies } = await import('./validate.ts');
      setExitCode(await validatePolicies(paths, shell));
    });
  const floor = addPolicyClusterOptions(addPolicyOptions(policy.command('floor')))
    .description('Print ValidatingAdmissionPolicies that refuse the worst without lockstep.')
    .addOption(repeatable('--warn-only-user <name>', 'writer whom the floor never refuses; may be repeated'))
    .addOption(
      new Option('-o, --output <form>', 'form of the objects').choices(['yaml', 'json']).default('yaml'),
    )
    .action(async (options: PolicyFloorOptions) => {
      const { policyFloor } = await import('./floor.ts');
      await policyFloor(options, shell);
    });
  const test = addPolicyClusterOptions(addPolicyOptions(policy.command('test')))
    .description('Validate the Secrets of case files as the cluster would, and compare the expected results.')
    .argument('[path...]', 'case files, policy files, and folders (default: the current one)')
    .addOption(formatOption(['text', 'json']))
    .action(async (paths: readonly string[], options: PolicyTestOptions) => {
      const { policyTest } = await import('./test.ts');
      setExitCode(await policyTest(paths, options, shell));
    });
  addHelp(list, LIST_HELP);
  addHelp(show, SHOW_HELP);
  addHelp(validate, VALIDATE_HELP);
  addHelp(floor, FLOOR_HELP);
  addHelp(test, TEST_HELP);
}

const addSourceOptions = (command: Command, outputs: readonly string[]): Command =>
  addOutputOption(addPolicyClusterOptions(addPolicyOptions(command)), outputs);

const addPolicyOptions = (command: Command): Command =>
  command
    .addOption(repeatable('--policy <path>', 'more SecretPolicies; may be repeated').default([], 'none'))
    .addOption(repeatable('--no-builtin <name>', 'built-in policy to leave out; may be repeated'));
