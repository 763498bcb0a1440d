import { type Command, Option } from 'commander';
import { addPolicyClusterOptions, namespaceOption } from '../cli/cluster-options.ts';
import { addHelp } from '../cli/command-help.ts';
import { refuseWith, refuseWithout } from '../cli/ignored-options.ts';
import { repeatable } from '../cli/repeatable.ts';
import type { Shell } from '../cli/shell.ts';
import {
  givenNamespace,
  parseSecretArgument,
  type SecretArgument,
} from '../secret-argument/secret-argument.ts';
import { SECRET_FORMATS } from './format.ts';
import type { GenerateOptions } from './generate.ts';

const HELP = {
  notes: ['Other users of the machine see --set values in the list of processes: --set-file keeps them out.'],
  examples: ['lockstep generate --policy policies/shop.yaml --name prod/shop --set DB_HOST=db'],
  manualExamples: [
    'lockstep generate --env development | kubectl apply -f -',
    'lockstep generate --context prod --policy shop --name shop/app',
  ],
};

/** The command line of `lockstep generate`. Its modules load when it runs. */
export function addGenerate(program: Command, shell: Shell, setExitCode: (exitCode: number) => void): void {
  const command = program
    .command('generate')
    .summary('Print a complete Secret for a policy.')
    .description('Print a complete Secret for a policy: new strong values, defaults, and what is derived.')
    .addOption(
      repeatable('--policy <name>', 'name of a policy, or its file or folder').default([], 'reconciliation'),
    )
    .addOption(repeatable('--no-builtin <name>', 'built-in policy to leave out'))
    .option('--env <name>', 'take the values of this environment of the policy')
    .addOption(
      new Option(
        '--name <name>',
        "the Secret, as app or shop/app (default: the policy's only name)",
      ).argParser(parseSecretArgument),
    )
    .addOption(namespaceOption('its namespace (default: none, so that kubectl chooses it)'))
    .addOption(
      repeatable('--set <key=value>', 'set a value; wins over all others; may be repeated').default(
        [],
        'none',
      ),
    )
    .addOption(
      repeatable('--set-file <key=path>', 'set a value to what a file holds; may be repeated').default(
        [],
        'none',
      ),
    )
    .addOption(
      new Option('-o, --format <format>', 'form of the output').choices(SECRET_FORMATS).default('yaml'),
    )
    .option('--into <file>', 'add what is missing to the Secret in that manifest')
    .option('--replace-placeholders', 'with --into, replace also the placeholders that a policy generates');
  refuseWith(command, '--into', ['--format']);
  refuseWithout(command, ['--into'], ['--replace-placeholders']);
  addPolicyClusterOptions(command).action(async ({ name, ...others }: GenerateCliOptions) => {
    const options = name === undefined ? others : { ...others, ...namedBy(name, others) };
    setExitCode(
      options.into === undefined
        ? await printSecret(options, shell)
        : await addToManifest(options.into, options, shell),
    );
  });
  addHelp(command, HELP);
}

type GenerateCliOptions = Omit<GenerateOptions, 'name'> & { readonly name?: SecretArgument };

function namedBy(argument: SecretArgument, options: { readonly namespace?: string }) {
  const namespace = givenNamespace(argument, options);
  return { name: argument.name, ...(namespace === undefined ? {} : { namespace }) };
}

async function printSecret(options: GenerateOptions, shell: Shell): Promise<number> {
  const { generate } = await import('./generate.ts');
  return generate(options, shell);
}

async function addToManifest(file: string, options: GenerateOptions, shell: Shell): Promise<number> {
  const [{ generateInto }, { manifestSource: manifestsOf }, { readManifests }, { editSecret }] =
    await Promise.all([
      import('./into-manifest.ts'),
      import('../manifests/source.ts'),
      import('../../manifest/read/read.ts'),
      import('../../manifest/edit/edit.ts'),
    ]);
  return generateInto(file, options, { ...manifestsOf(shell, readManifests), edit: editSecret }, shell);
}
