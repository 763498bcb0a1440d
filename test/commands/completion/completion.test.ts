import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';
import { programOf, run } from '../../../src/commands/program.ts';
import { aShell } from '../../helpers/commands/commands.ts';

async function script(name: string): Promise<string> {
  const shell = aShell();
  t.equal(await run(['completion', name], shell), 0);
  return shell.printed.stdout;
}

/** Asks a real bash for the words that may come at the end of this line. */
async function completedBy(bash: string, ...words: readonly string[]): Promise<readonly string[]> {
  const ask = `${bash}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lockstep; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', ask, 'bash', ...words], {
    cwd: t.testdir({ 'a.yaml': '' }),
  });
  return stdout.trim().split('\n');
}

t.test('bash completes commands, options, their values, and files', async (t) => {
  const bash = await script('bash');
  t.same(await completedBy(bash, 'lockstep', 'ro'), ['rollback', 'rotate']);
  t.same(await completedBy(bash, 'lockstep', 'policy', 'v'), ['validate']);
  t.same(await completedBy(bash, 'lockstep', 'policy', 'test', '--for'), ['--format']);
  t.same(await completedBy(bash, 'lockstep', 'policy', 'test', '--format', ''), ['text', 'json']);
  t.same(await completedBy(bash, 'lockstep', 'check', 'x', '--fo'), ['--format']);
  t.same(await completedBy(bash, 'lockstep', 'check', 'a.'), ['a.yaml']);
  t.same(await completedBy(bash, 'lockstep', 'audit', '--kubeconfig', 'a'), ['a.yaml']);
});

t.test('each script knows each command, option and value', async (t) => {
  const commands = programOf(aShell(), () => {}).commands.flatMap((one) => [one, ...one.commands]);
  t.ok(commands.length > 20);
  for (const name of ['bash', 'zsh', 'fish']) {
    const text = await script(name);
    for (const command of commands) {
      t.ok(text.includes(command.name()), `${name}: ${command.name()}`);
      for (const { long, argChoices } of command.options.filter(({ hidden }) => !hidden)) {
        const option = name === 'fish' ? `-l ${long?.slice(2)}` : (long ?? '');
        t.ok(text.includes(option), `${name}: ${command.name()} ${long}`);
        if (argChoices !== undefined)
          t.ok(text.includes(argChoices.join(' ')), `${name}: ${long} has values`);
      }
    }
  }
});

t.test('an apostrophe or a colon in a description ends no word', async (t) => {
  t.match(await script('zsh'), `'render:Print manifests with lockstep'\\''s own changes applied.'`);
  t.match(await script('zsh'), /address \(default\\: 127\.0\.0\.1/);
  t.match(await script('fish'), `-a render -d 'Print manifests with lockstep\\'s own changes applied.'`);
});

t.test('another shell is refused, with those that are known', async (t) => {
  const shell = aShell();
  t.equal(await run(['completion', 'tcsh'], shell), 2);
  t.match(shell.printed.stderr, /'tcsh' is invalid.*bash, zsh, fish/);
});
