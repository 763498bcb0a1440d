import type { Command, Option } from 'commander';
import t from 'tap';
import { commandName } from '../../../src/commands/cli/command-help.ts';
import { programOf, run } from '../../../src/commands/program.ts';
import { aShell } from '../../helpers/commands/commands.ts';

const leaves = ({ commands }: Command): readonly Command[] =>
  commands.flatMap((command) => (command.commands.length === 0 ? [command] : leaves(command)));
const COMMANDS = leaves(programOf(aShell(), () => {}));
const optionsOf = (command: Command): readonly Option[] =>
  command.options.filter(({ long, hidden }) => !hidden && long !== '--help');
const has = (command: Command, long: string): boolean => command.options.some((one) => one.long === long);

/** A pod has its cluster and its namespace from its environment. */
const PODS = ['serve', 'controller'];
/** Without these, the command line is refused before its options are read. */
const MANDATORY: Readonly<Record<string, readonly string[]>> = { rollback: ['--to', '1'] };

async function refusal(command: Command, ...args: readonly string[]): Promise<string> {
  const shell = aShell();
  const name = commandName(command);
  const exitCode = await run([...name.split(' '), ...(MANDATORY[name] ?? []), ...args], shell);
  t.same([exitCode, shell.printed.stdout], [2, ''], `${name} ${args.join(' ')}`);
  t.match(shell.printed.stderr, /^lockstep: [^\n]+\n$/);
  return shell.printed.stderr;
}

/** Two letters are swapped, or the last one is missing. */
function misspelt(name: string): string {
  const [last = '', before = ''] = [...name].reverse();
  return last === before ? name.slice(0, -1) : `${name.slice(0, -2)}${last}${before}`;
}

t.test('a misspelt option is refused with the nearest one', async (t) => {
  for (const command of COMMANDS)
    for (const { long } of optionsOf(command)) {
      const stderr = await refusal(command, misspelt(long ?? ''));
      t.match(stderr, new RegExp(`Did you mean (one of )?[^?]*${long}[,?]`), commandName(command));
    }
});

t.test('a misspelt value of a choice is refused with the nearest one', async (t) => {
  let choices = 0;
  for (const command of COMMANDS)
    for (const { long = '', argChoices = [] } of optionsOf(command))
      for (const choice of argChoices) {
        choices += 1;
        t.match(await refusal(command, long, misspelt(choice)), `Did you mean ${choice}?`);
      }
  t.ok(choices > 40, String(choices));
});

type WrongValue = readonly [value: string, sentence: RegExp];
const DURATION: WrongValue = ['0s', /Did you mean 1s\?/];
const NAMESPACE: WrongValue = ['My_Shop', /Did you mean my-shop\?|did you mean my-shop\?/];

/** One value out of range for each option that has a range, and its nearest one. */
const OUT_OF_RANGE: Readonly<Record<string, WrongValue>> = {
  '--namespace': NAMESPACE,
  '--lockstep-namespace': NAMESPACE,
  '--excluded-namespaces': NAMESPACE,
  '--connect-timeout': DURATION,
  '--timeout': DURATION,
  '--wait': DURATION,
  '--to': ['0', /Did you mean 1\?/],
  '--port': ['70000', /[Dd]id you mean 65535\?/],
  '--metrics-port': ['70000', /did you mean 65535\?/],
  '--drain-seconds': ['4000', /did you mean 3600\?/],
  '--history': ['21', /did you mean 20\?/],
  '--resync-seconds': ['0', /did you mean 1\?/],
  '--rollout-seconds': ['0', /did you mean 1\?/],
  '--propagation-seconds': ['86401', /did you mean 86400\?/],
  '--server-networks': ['10.0.0.0/40', /must be networks such as 10\.0\.0\.0\/8/],
  '--no-builtin': ['jwt-kyes', /did you mean jwt-keys\?/],
  '--name': ['Shop', /Write the name of a Secret/],
  '--env': ['developmnt', /it has development\b/],
  '--keys': ['DB_USER', /Write two keys/],
  '--set': ['TOKEN', /KEY=VALUE|key=value/],
  '--set-file': ['TOKEN', /KEY=PATH|KEY=FILE|key=path/],
  '--max-action': ['warn', /[Dd]id you mean Warn\?/],
  '--log-level': ['inof', /did you mean info\?/],
};

/** Any text is valid: the name of a file, of an object that only the cluster knows, or a pattern. */
const FREE = [
  ...['--kubeconfig', '--context', '--selector', '--policy', '--exclude', '--output', '--baseline'],
  ...['--write-baseline', '--into', '--cert-dir', '--client-ca-file', '--client-names', '--host'],
  ...['--warn-only-users', '--warn-only-user', '--restore-field-managers', '--admin-secret', '--key'],
  ...[
    '--data-dir',
    '--major',
    '--secret-dir',
    '--ca-file',
    '--admin-dir',
    '--report',
    '--yes-delete-data',
    '--as',
  ],
];

const cases = t.testdir({
  'jwt-keys.test.yaml': '- { name: none, secret: { metadata: { name: app } }, expect: { verdict: allow } }\n',
});
const OPERANDS: Readonly<Record<string, readonly string[]>> = {
  check: ['test/nothing'],
  render: ['test/nothing'],
  'policy show': ['shop'],
  'policy test': [cases],
};

/** These names are looked up only after the cluster was asked. */
const ASKS_CLUSTER = ['audit', 'controller'];

t.test('a value out of range is refused with the nearest one', async (t) => {
  for (const command of COMMANDS)
    for (const { long = '', argChoices, required, variadic } of optionsOf(command)) {
      if (argChoices !== undefined || !(required || variadic)) continue;
      const wrong = OUT_OF_RANGE[long];
      t.not(
        wrong !== undefined,
        FREE.includes(long),
        `${commandName(command)} ${long} is in one of the lists`,
      );
      if (wrong === undefined || (long === '--no-builtin' && ASKS_CLUSTER.includes(commandName(command))))
        continue;
      const [value, sentence] = wrong;
      t.match(
        await refusal(command, long, value, ...(OPERANDS[commandName(command)] ?? [])),
        sentence,
        `${commandName(command)} ${long}`,
      );
    }
});

t.test('an option has the same letter and the same kind of value in every command', (t) => {
  const known = new Map<string, string>();
  for (const command of COMMANDS)
    for (const { long = '', short = '', required, optional } of optionsOf(command)) {
      if (PODS.includes(commandName(command)) || long === '--output') continue;
      const kind = `${long === '--format' ? '-o' : short} ${required || optional}`;
      t.equal(kind, known.get(long) ?? kind, `${commandName(command)} ${long}`);
      known.set(long, kind);
    }
  for (const command of COMMANDS)
    for (const [short, longs] of [
      ['-n', ['--namespace']],
      ['-A', ['--all-namespaces']],
      ['-l', ['--selector']],
      ['-o', ['--output', '--format']],
    ] as const) {
      const option = command.options.find((one) => one.short === short);
      t.ok(option === undefined || (longs as readonly string[]).includes(option.long ?? ''), short);
    }
  t.end();
});

t.test('a command that asks a cluster has all options with which kubectl chooses one', (t) => {
  for (const command of COMMANDS.filter((one) => !PODS.includes(commandName(one)))) {
    const name = commandName(command);
    t.equal(has(command, '--kubeconfig'), has(command, '--context'), `${name} --kubeconfig, --context`);
    // The record of a Secret is next to it: history asks nothing of the installation.
    if (has(command, '--context') && name !== 'history')
      t.ok(has(command, '--lockstep-namespace'), `${name} --lockstep-namespace`);
    if (command.registeredArguments.some(({ description }) => /^the Secret/.test(description)))
      t.ok(has(command, '--namespace') && has(command, '--context'), `${name} -n, --context`);
  }
  for (const name of ['check', 'render', 'policy list', 'policy show', 'policy floor', 'audit', 'doctor'])
    t.ok(
      COMMANDS.some((one) => commandName(one) === name && has(one, '--context')),
      name,
    );
  t.end();
});
