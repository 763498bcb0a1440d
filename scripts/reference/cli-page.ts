import { isDeepStrictEqual } from 'node:util';
import { EXIT_CODE_MEANINGS, EXIT_CODES, type ExitCodes } from '../../src/commands/cli/exit-codes.ts';
import { VARIABLES } from '../../src/config/variables.ts';
import {
  type DocumentedCommand,
  documentedCommands,
  examplesOf,
  type Parameter,
} from './documented-commands.ts';
import { code, table } from './table.ts';

/** As kubectl has them. A command with another meaning of one has it in its own table. */
const SHARED_OPTIONS: ReadonlyMap<string, string> = new Map([
  [
    '--kubeconfig <file>',
    'The kubeconfig. Without it, `KUBECONFIG`, then `~/.kube/config`, then the ServiceAccount of the pod. Several files in `KUBECONFIG` are merged.',
  ],
  [
    '--context <name>',
    'A context of the kubeconfig. Without it, the current context. `check`, `render`, `generate` and `policy` ask a cluster only with `--context` or `--kubeconfig`: its policies and limits are then in effect.',
  ],
  [
    '-n, --namespace <name>',
    'The namespace of the Secret. Without it, the namespace of the context, or `default`.',
  ],
  ['--lockstep-namespace <name>', 'The namespace in which lockstep runs, by default `lockstep-system`.'],
  ['--no-builtin <name>', 'A built-in policy to leave out. You may repeat it, except for `generate`.'],
  ['--connect-timeout <time>', 'The limit of one login, by default `5s`.'],
]);
/** The defaults of the shared options, in the words of the help. */
const SHARED_DEFAULTS = [
  '',
  'as kubectl finds it',
  'its current one',
  'the current one',
  'lockstep-system',
  '5s',
];

const isShared = ({ usage, defaultValue, variable }: Parameter): boolean =>
  variable === '' && SHARED_OPTIONS.has(usage) && SHARED_DEFAULTS.includes(defaultValue);

/** The commands that run in a pod. */
const POD_COMMANDS = ['serve', 'controller'];

/** The options that each pod command has, in the same words. */
function podOptions(commands: readonly DocumentedCommand[]): readonly Parameter[] {
  const [first = [], ...others] = commands
    .filter(({ name }) => POD_COMMANDS.includes(name))
    .map(({ parameters }) => parameters);
  return first.filter((parameter) =>
    others.every((of) => of.some((one) => isDeepStrictEqual(one, parameter))),
  );
}

const HEAD = `# Command line

The program is \`lockstep\`. As a plugin of kubectl it is \`kubectl lockstep\`. Each command prints its help with \`-h\` or
\`--help\`. A release has a man page for each command: \`man lockstep-audit\`.

\`npm run docs\` writes this page from the definitions of the commands.

## Common options

A command only names these options, after *Also*:

${table(
  ['option', 'meaning'],
  [...SHARED_OPTIONS].map(([usage, meaning]) => [code(usage), meaning]),
)}
A command that takes a Secret accepts each of these names. The examples are the same Secret:

${table(
  ['name', 'namespace'],
  [
    ['`shop/app`', 'in the name'],
    ['`app -n shop`, `secret/app -n shop`, `secrets/app -n shop`', 'in the option'],
    ['`app`, `secret/app`, `secrets/app`', 'the current one of kubectl, here `shop`'],
  ],
)}
\`shop/app -n cart\` is refused. For a Secret in a namespace that is called \`secret\`, write \`app -n secret\`.

\`lockstep audit\` validates the whole cluster unless \`-n\` or \`-l\` limits it. With \`-l\`, it does not look for references
to absent Secrets, because it does not read all Secrets.
`;

/** docs/reference/cli.md */
export function cliPage(): string {
  const commands = documentedCommands();
  const ofPods = podOptions(commands);
  return [
    HEAD,
    '## Options of the pods\n',
    `${POD_COMMANDS.map((name) => code(`lockstep ${name}`)).join(' and ')} have these options:\n`,
    parametersTable(ofPods),
    '## Exit codes\n',
    table(
      ['code', 'meaning'],
      Object.entries(EXIT_CODE_MEANINGS).map(([exitCode, meaning]) => [exitCode, meaning]),
    ),
    'In detail:\n',
    table(['command', '0', '1', '2'], Object.entries<ExitCodes>(EXIT_CODES).map(exitCodeRow)),
    ...commands.map((command) => commandText(command, ofPods)),
    '## Environment variables\n',
    'These are read next to the variables of options.\n',
    table(
      ['variable', 'meaning'],
      [...Map.groupBy(Object.entries(VARIABLES), ([, meaning]) => meaning)].map(([meaning, same]) => [
        same.map(([name]) => code(name)).join(', '),
        meaning,
      ]),
    ),
  ].join('\n');
}

const exitCodeRow = ([name, codes]: readonly [string, ExitCodes]): readonly string[] => [
  code(name),
  ...([0, 1, 2] as const).map((exitCode) => codes[exitCode] ?? ''),
];

function commandText(command: DocumentedCommand, ofPods: readonly Parameter[]): string {
  const { name, usage, description, parameters, notes = [] } = command;
  const examples = examplesOf(command);
  return [
    `## ${code(`lockstep ${name}`)}\n`,
    `${description.replaceAll('\n', ' ')}\n`,
    ...(parameters.some(({ isArgument }) => isArgument) ? [`Usage: ${code(usage)}\n`] : []),
    ...optionsText(parameters, POD_COMMANDS.includes(name) ? ofPods : []),
    ...notes.map((note) => `${note}\n`),
    ...(examples.length === 0 ? [] : [`Examples:\n\n${examples.map((one) => `- ${code(one)}\n`).join('')}`]),
  ].join('\n');
}

function optionsText(parameters: readonly Parameter[], ofPods: readonly Parameter[]): readonly string[] {
  const isAbove = (parameter: Parameter): boolean =>
    isShared(parameter) || ofPods.some((one) => isDeepStrictEqual(one, parameter));
  const own = parameters.filter((parameter) => !isAbove(parameter) && parameter.meaning !== '');
  const above = parameters.filter(isAbove).map(({ usage }) => code(usage.split(' <')[0] ?? ''));
  return [
    ...(own.length === 0 ? [] : [parametersTable(own)]),
    ...(above.length === 0 ? [] : [`Also ${above.join(', ')}.\n`]),
  ];
}

/** Only options of a pod have variables. */
function parametersTable(parameters: readonly Parameter[]): string {
  const hasVariables = parameters.some(({ variable }) => variable !== '');
  return table(
    ['argument or option', 'default', ...(hasVariables ? ['variable'] : []), 'meaning'],
    parameters.map(({ usage, defaultValue, variable, meaning, values }) => [
      code(usage),
      defaultValue,
      ...(hasVariables ? [code(variable)] : []),
      values.length === 0 ? meaning : `${meaning}: ${values.map(code).join(', ')}`,
    ]),
  );
}
