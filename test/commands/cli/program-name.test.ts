import t from 'tap';
import { inOwnWords } from '../../../src/commands/cli/program-name.ts';
import { run } from '../../../src/commands/program.ts';
import { aShell } from '../../helpers/commands/commands.ts';

const PLUGIN = '/home/me/.krew/bin/kubectl-lockstep';
const asPlugin = (text: string): string => inOwnWords(text, { startedAs: PLUGIN });

/** One command line, as kubectl starts the plugin. */
async function plugin(...args: readonly string[]) {
  const shell = { ...aShell(), startedAs: PLUGIN };
  const exitCode = await run(args, shell);
  return { exitCode, ...shell.printed };
}

t.test('the plugin names itself in command lines', async (t) => {
  for (const [text, expected] of [
    ['run lockstep rotate shop/app', 'run kubectl lockstep rotate shop/app'],
    ['helm template shop | lockstep check -', 'helm template shop | kubectl lockstep check -'],
    ['once lockstep probe succeeds', 'once kubectl lockstep probe succeeds'],
    ['`lockstep policy floor` prints', '`kubectl lockstep policy floor` prints'],
    ['look at lockstep history, and run', 'look at kubectl lockstep history, and run'],
    ['\u001b[2mlockstep render\u001b[0m', '\u001b[2mkubectl lockstep render\u001b[0m'],
    ['lockstep uses shop/app', 'kubectl lockstep uses shop/app'],
  ] as const) {
    t.equal(asPlugin(text), expected);
    t.equal(asPlugin(expected), expected, 'a second time changes nothing');
    t.equal(inOwnWords(text, { startedAs: '/usr/bin/lockstep' }), text);
  }
});

t.test('no other word changes', async (t) => {
  for (const text of [
    'lockstep validates Secrets with this version.',
    'lockstep: there is no policy shop',
    'lockstep uses the password of the server',
    'lockstep checks the login again',
    'kubectl -n lockstep-system get pods',
    'k8s/lockstep check/secret.yaml',
    'lockstep check/secret.yaml',
    'Secret lockstep/render',
    'my-lockstep render',
    'npx lockstep@0.1.0 check k8s/',
  ])
    t.equal(asPlugin(text), text);
});

t.test('usage, examples and advice of the plugin are command lines of kubectl', async (t) => {
  const program = await plugin('--help');
  t.match(program.stdout, /^Usage: kubectl lockstep \[options\]/m);
  for (const name of ['check', 'rotate', 'policy', 'completion']) {
    const { stdout } = await plugin(name, '--help');
    t.match(stdout, `Usage: kubectl lockstep ${name}`);
    t.notMatch(stdout, new RegExp(`(?<!kubectl )lockstep ${name}\\b`), name);
  }
  const checked = await plugin('check', 'docs/demo/template.yaml');
  t.equal(checked.exitCode, 1);
  t.match(checked.stdout, 'kubectl lockstep generate --policy reconciliation --into docs/demo/template.yaml');
  const json = await plugin('check', 'docs/demo/template.yaml', '--format', 'json');
  t.notMatch(json.stdout, 'kubectl lockstep', 'a report for programs is the same for all');
  const wrong = await plugin('explain', 'nosuch');
  t.match(wrong.stderr, 'kubectl lockstep explain lists them');
});
