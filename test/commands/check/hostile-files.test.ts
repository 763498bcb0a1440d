import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import { start } from '../../helpers/cluster/lockstep.ts';
import { lockstep } from '../../helpers/commands/commands.ts';
import { aSecret } from '../../helpers/commands/manifest-text.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';

const BAD = aSecret('stringData:\n  JWT_SECRET: CHANGE_ME\n');

/** A new folder. `t.testdir` would remove the earlier one of the same test. */
function aFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-check-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'app.yaml'), BAD);
  return folder;
}

/** A folder with one Secret, and `link.yaml` to something else. */
function linkedTo(t: Test, target: string): string {
  const folder = aFolder(t);
  symlinkSync(target, join(folder, 'link.yaml'));
  return folder;
}

t.test('a folder with a pipe, a device or a socket is checked without it', async (t) => {
  const outside = aFolder(t);
  const pipe = join(outside, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const target of [pipe, '/dev/zero', '/dev/tty', '/dev/ptmx', '/proc/self/fd/0']) {
    const folder = linkedTo(t, target);
    // A process of its own: the command of a pipeline, with a pipe as its standard input.
    const checked = start(t, {
      file: process.execPath,
      args: [entryPoint(), 'check', folder],
    });
    t.equal(await checked.exited, 1, target);
    t.match(checked.stdout(), /hint: 1 file not read, because it is a pipe, a device/, target);
    t.match(checked.stdout(), /app\.yaml\n {2}Secret/, target);
  }
  const folder = aFolder(t);
  execFileSync('mkfifo', [join(folder, 'pipe.yaml')]);
  const socket = createServer().listen(join(folder, 'socket.yaml'));
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  const { exitCode, stdout } = await lockstep('check', folder);
  t.equal(exitCode, 1);
  t.match(stdout.replace(/\n +/g, ' '), /hint: 2 files not read/);
});

t.test('render reads no pipe, no device and no file of the kernel, and no pipe a second time', async (t) => {
  const folder = linkedTo(t, '/dev/zero');
  execFileSync('mkfifo', [join(folder, 'pipe.yaml')]);
  symlinkSync('/proc/kmsg', join(folder, 'kmsg.yaml'));
  for (const args of [[], ['--diff'], ['--in-place']]) {
    const { exitCode, stdout } = await lockstep('render', folder, ...args);
    t.equal(exitCode, 1, args.join());
    if (args.length === 0) t.ok(stdout.includes(BAD), stdout);
  }
  const program = `${process.execPath} ${entryPoint()}`;
  const shell = start(t, {
    file: 'bash',
    args: ['-c', `${program} render <(printf 'kind: ConfigMap')`],
  });
  t.equal(await shell.exited, 2);
  t.match(shell.stderr(), 'is no regular file: give a file, or - for a pipe');
});

t.test('a file of the kernel is empty, because it has no size', async (t) => {
  for (const target of ['/proc/kmsg', '/proc/self/mem', '/proc/self/environ']) {
    const { exitCode, stdout } = await lockstep('check', linkedTo(t, target));
    t.equal(exitCode, 1, target);
    t.match(stdout, /1 Secret in 1 file|1 denied/, target);
  }
});

t.test('a given pipe, device or link to one is refused, and what a shell makes is read', async (t) => {
  const folder = linkedTo(t, '/dev/zero');
  execFileSync('mkfifo', [join(folder, 'pipe.yaml')]);
  for (const path of [join(folder, 'link.yaml'), join(folder, 'pipe.yaml'), '/dev/zero']) {
    const { exitCode, stdout } = await lockstep('check', path);
    t.equal(exitCode, 2, path);
    t.match(stdout.replace(/\n +/g, ' '), /is no regular file but a pipe, a device or a socket/, path);
  }
  const program = `${process.execPath} ${entryPoint()}`;
  for (const command of [
    `${program} check <(cat ${join(folder, 'app.yaml')})`,
    `cat ${join(folder, 'app.yaml')} | ${program} check /dev/stdin`,
  ]) {
    const shell = start(t, { file: 'bash', args: ['-c', command] });
    t.equal(await shell.exited, 1, shell.stdout() + shell.stderr());
    t.match(shell.stdout(), 'is a placeholder');
  }
});

t.test('links to a folder, to nothing and to themselves are errors, and one to a file is read', async (t) => {
  const outside = aFolder(t);
  for (const [target, exitCode, says] of [
    [outside, 2, 'is a folder that something links to'],
    ['absent.yaml', 2, 'does not exist'],
    ['link.yaml', 2, 'leads back to itself'],
    [join(outside, 'app.yaml'), 1, 'link.yaml'],
  ] as const) {
    const checked = await lockstep('check', linkedTo(t, target));
    t.equal(checked.exitCode, exitCode, target);
    t.match(checked.stdout, says);
  }
});

/** GitHub's runner takes these lines for commands: actions/runner, ActionCommand.cs. Azure Pipelines has `##vso[`. */
const isCommand = (line: string): boolean => /^[\s\u0085]*::|##(?:vso)?\[/.test(line);
const commandsIn = (text: string): readonly string[] => text.split(/\r\n|[\r\n]/).filter(isCommand);

const NAMES = [
  '::notice ::pwned',
  ' ::add-mask::a',
  '##[error]pwned',
  'a ##[group]b',
  'a\n::error ::pwned',
  'a\r::error ::pwned',
  'a\u0085::notice ::pwned',
  '\u001b[0m::warning ::pwned',
  '###[debug]x',
  '##vso[task.prependpath]x',
  `${'long '.repeat(20)}::warning ::pwned`,
];

/** Its texts are on one line each, and are wrapped where they are printed. */
function policyWith(name: string): string {
  const text = JSON.stringify(`${'x'.repeat(90)} ${name.replaceAll(/[^ -~]+/g, ' ')}`);
  return `apiVersion: lockstep.dev/v1alpha1
kind: SecretPolicy
metadata: {name: shop}
spec:
  match: {names: [shop]}
  keys: {A: {pattern: '^a'}}
  exceptions: [{namespace: shop, name: shop, keys: [A], until: '2099-01-01', reason: ${text}}]
`;
}

t.test(
  'no line of an output is a command of GitHub, whatever a file, a folder or a key is called',
  async (t) => {
    for (const name of NAMES) {
      const folder = aFolder(t);
      const inner = join(folder, name);
      mkdirSync(inner);
      const key = JSON.stringify(name);
      writeFileSync(
        join(inner, 'a.yaml'),
        `${aSecret(`stringData:\n  JWT_SECRET: CHANGE_ME\n  ${key}: a\n`)}`,
      );
      writeFileSync(join(inner, 'b.yaml'), `kind: Secret\n${key}: [`);
      writeFileSync(join(inner, 'policy.yml'), `kind: SecretPolicy\n${key}: [`);
      // With a path that begins with the name.
      const cwd = process.cwd();
      process.chdir(folder);
      try {
        for (const format of ['text', 'json', 'sarif', 'junit', 'github'] as const) {
          const { stdout, stderr } = await lockstep(
            'check',
            name,
            '--format',
            format,
            '--exclude',
            name.trim(),
          );
          const found = commandsIn(stdout).filter((line) => format !== 'github' || !line.startsWith('::'));
          t.same(found, [], `${format} ${JSON.stringify(name)}`);
          t.same(commandsIn(stderr), []);
          const checked = await lockstep('check', name, '--format', format);
          const lines = commandsIn(checked.stdout);
          if (format !== 'github') t.same(lines, [], `${format} ${JSON.stringify(name)}`);
          else
            for (const line of lines)
              t.match(
                line,
                /^::(?:error|warning|notice) (?:file|title)=[^:]*::(?!.*##\[)/,
                JSON.stringify(name),
              );
        }
        writeFileSync('shop.yaml', policyWith(name));
        for (const args of [
          ['policy', 'show', 'shop', '--policy', 'shop.yaml'],
          ['policy', 'list', '-o', 'wide', '--policy', 'shop.yaml'],
          ['policy', 'floor', '--policy', 'shop.yaml'],
          ['check', `${name}absent`],
          ['check', name, '--policy', name],
          ['check', name, '--baseline', `${name}.json`],
          ['render', '--diff', name],
          ['render', '--in-place', name],
          ['policy', 'validate', name],
          ['policy', 'test', name],
          ['policy', 'list', '--policy', name],
          ['generate', '--into', join(name, 'b.yaml')],
          ['check', name, `--${name}`],
          ['explain', name],
          [name],
        ]) {
          const { stdout, stderr } = await lockstep(...args);
          t.same(commandsIn(stdout + stderr), [], args.join(' '));
        }
      } finally {
        process.chdir(cwd);
      }
    }
  },
);

t.test('a file whose name is an option is refused: its author would choose the options', async (t) => {
  const cwd = process.cwd();
  t.teardown(() => process.chdir(cwd));
  process.chdir(aFolder(t));
  mkdirSync('--kubeconfig=k8s');
  const files = ['--exclude=*.yaml', '--kubeconfig=k8s/a.yaml', '-nprod.yaml'];
  for (const file of files) writeFileSync(file, BAD);
  for (const command of ['check', 'render'])
    for (const file of files)
      t.same(await lockstep(command, file, 'app.yaml'), {
        exitCode: 2,
        stdout: '',
        stderr: `lockstep: ${file}: a file has this name: write -- before the files, or ./ before this one\n`,
      });
  for (const args of [
    ['--', ...files],
    files.map((file) => `./${file}`),
    ['--exclude=*.yml', '-nprod', 'app.yaml'],
  ])
    t.match(await lockstep('check', ...args), { exitCode: 1, stdout: /denied/ });
});
