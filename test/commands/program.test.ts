import t from 'tap';
import { run } from '../../src/commands/program.ts';
import { aShell } from '../helpers/commands/commands.ts';

async function lockstep(...args: readonly string[]) {
  const shell = aShell();
  return { exitCode: await run(args, shell), ...shell.printed };
}

const { stdout: overview } = await lockstep('--help');
const commands = [...overview.matchAll(/^ {2}([\w-]+) \[/gm)].map(([, name = '']) => name);

t.test('the help of every command fits one screen', async (t) => {
  t.ok(commands.includes('check') && commands.includes('serve'), commands.join());
  for (const command of commands) {
    const { exitCode, stdout } = await lockstep(command, '--help');
    const lines = stdout.trimEnd().split('\n');
    t.equal(exitCode, 0);
    t.ok(lines.length <= 24, `${command}: ${lines.length} lines`);
    t.ok(Math.max(...lines.map(({ length }) => length)) <= 100, `${command}: width`);
  }
});

t.test('reports an invalid command line in one sentence with exit code 2', async (t) => {
  for (const [args, sentence] of [
    [['check'], /give files or folders, or - for standard input/],
    [['render'], /give files or folders, or - for standard input/],
    [['check', 'k8s', '--nonsense'], /unknown option '--nonsense'/],
    [['check', 'k8s', '--format', 'xml'], /'xml' is invalid.*text, json, sarif, junit, github/],
    [['chekc', 'k8s'], /unknown command 'chekc'.*check/],
    [['policy', 'lst'], /unknown command 'lst' \(Did you mean list\?\)/],
    [['policy', 'list', '-o', 'ymal'], /'ymal' is invalid\. Allowed .*\. \(Did you mean yaml\?\)/],
    [['policy', 'list', '--polcy', 'a'], /'--polcy' \(Did you mean --policy\?\)/],
    [
      ['audit', '--fail-on', 'wran'],
      /Allowed choices are Enforce, Warn, Audit, Never\. \(Did you mean Warn\?\)/,
    ],
    [['audit', '--output', 'json'], /'json' is invalid\. It names a file\. \(Did you mean --format json\?\)/],
    [['audit', '--all-namespace'], /\(Did you mean --all-namespaces\?\)/],
    [['audit', '-n', ''], /'-n, --namespace <name>' argument '' is invalid\. It is no name of a namespace/],
    [['heal', 'app', '--timeout', '90'], /Did you mean 90s\?/],
    [['heal', 'Shop/app'], /Write the name of a Secret: app, secret\/app or shop\/app/],
    [['heal', 'shop/app', '-n', 'cart'], /-n: cart is not the namespace of shop\/app: leave one of them out/],
    [
      ['history', 'deployment/app', '-n', 'prod'],
      /deployment\/app: is no Secret: name the Secret that it reads, as prod\/SECRET/,
    ],
    [['help', 'nosuch'], /unknown command 'nosuch'/],
    [['help', 'hstory'], /unknown command 'hstory' \(Did you mean history\?\)/],
    [['doctor', '--admin-secret', 'admin'], /--admin-secret: name the Secret to diagnose as well/],
    [['version', '-n', 'a'], /unknown option '-n' \(Did you mean --lockstep-namespace\?\)/],
    [['certs', '--namespace', 'a'], /'--namespace' \(Did you mean --lockstep-namespace\?\)/],
    [['serve', '--namespace=a'], /'--namespace' \(Did you mean --lockstep-namespace\?\)/],
    [['serve', '--max-action', 'warn'], /--max-action: must be one of .*: did you mean Warn\?/],
    [
      ['serve', '--port', '84430'],
      /--port: must be a whole number from 0 to 65535, not 84430: did you mean 65535\?/,
    ],
    [['controller', '--history', '1'], /--history: .*, not 1: did you mean 2\?/],
    [['policy', 'list', '--no-builtin', 'jwt-kyes'], /no built-in policy jwt-kyes; did you mean jwt-keys\?/],
  ] as const) {
    const { exitCode, stdout, stderr } = await lockstep(...args);
    t.same([exitCode, stdout], [2, ''], args.join(' '));
    t.match(stderr, /^lockstep: [^\n]+\n$/);
    t.match(stderr, sentence);
  }
});
