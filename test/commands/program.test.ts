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
    [['rotate', 'a/b', '--rehearse'], /unknown option '--rehearse' \(Did you mean --dry-run\?\)/],
    [['rotate', 'a/b', '--as-written'], /'--as-written' \(Did you mean --from-secret\?\)/],
    [['serve', '--strictest', 'Warn'], /'--strictest' \(Did you mean --max-action\?\)/],
    [['controller', '--restoring-managers', 'a'], /\(Did you mean --restore-field-managers\?\)/],
    [['check', 'k8s', '--strictest'], /'--strictest' \(Did you mean --strict\?\)/],
    [['chekc', 'k8s'], /unknown command 'chekc'.*check/],
  ] as const) {
    const { exitCode, stdout, stderr } = await lockstep(...args);
    t.same([exitCode, stdout], [2, ''], args.join(' '));
    t.match(stderr, /^lockstep: [^\n]+\n$/);
    t.match(stderr, sentence);
  }
});
