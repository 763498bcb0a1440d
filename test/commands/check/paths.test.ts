import { join } from 'node:path';
import t, { type Test } from 'tap';
import { run } from '../../../src/commands/program.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { aSecret } from '../../helpers/commands/manifest-text.ts';

const BAD = aSecret('stringData:\n  JWT_SECRET: CHANGE_ME\n');

const aFolder = (t: Test): string =>
  t.testdir({
    'app.yaml': aSecret(undefined, 'good'),
    'secret.example.yaml': BAD,
    'secret.template.yml': BAD,
    'example.yaml': BAD,
    tests: { 'a.yaml': BAD, deep: { 'b.json': '{"apiVersion":"v1","kind":"Secret","data":{"A":5}}' } },
    overlays: { dev: { 'app.yaml': BAD }, prod: { 'app.yaml': BAD } },
  });

async function check(folder: string, ...args: readonly string[]) {
  const shell = aShell();
  const exitCode = await run(['check', ...args.map((arg) => arg.replace(/^DIR/, folder))], shell);
  const stdout = shell.printed.stdout.replaceAll(`${folder}/`, '');
  const denied = [...stdout.matchAll(/^(\S+)\n {2}Secret .*: denied$/gm)].map(([, file]) => file);
  return { exitCode, denied, stdout };
}

t.test(
  '--exclude leaves out files and folders, by a name anywhere or by a path from the folder',
  async (t) => {
    const folder = aFolder(t);
    const rest = ['example.yaml', 'overlays/dev/app.yaml', 'overlays/prod/app.yaml'];
    const tests = ['tests/a.yaml', 'tests/deep/b.json'];
    for (const [globs, denied] of [
      [[], [...rest, ...tests]],
      [['tests'], rest],
      [['tests/'], rest],
      [['tests/**'], rest],
      [['./tests/**'], rest],
      [['b.json'], [...rest, 'tests/a.yaml']],
      [
        ['*.json', 'overlays/*/app.yaml'],
        ['example.yaml', 'tests/a.yaml'],
      ],
      [['app.yaml'], ['example.yaml', ...tests]],
      [['overlays/dev'], ['example.yaml', 'overlays/prod/app.yaml', ...tests]],
      [
        ['dev/app.yaml', 'nonsense[', ''],
        [...rest, ...tests],
      ],
    ] as const) {
      const options = globs.flatMap((glob) => ['--exclude', glob]);
      t.same((await check(folder, 'DIR', ...options)).denied, denied, globs.join(' '));
    }
    const asTyped = await check(folder, 'DIR', '--exclude', join(folder, 'overlays/**'));
    t.same(asTyped.denied, ['example.yaml', ...tests], 'a path as it is typed');
    t.same((await check(folder, 'DIR/tests/a.yaml', 'DIR/app.yaml', '--exclude', 'a.yaml')).denied, []);
  },
);

t.test('a glob of --exclude that matches nothing is a hint, in one line for all of them', async (t) => {
  const folder = aFolder(t);
  const misspelt = ['tset', 'overlays/stage/**', 'tests'].flatMap((glob) => ['--exclude', glob]);
  const { exitCode, stdout } = await check(folder, 'DIR', ...misspelt);
  t.equal(exitCode, 1);
  t.match(stdout, /^hint: 2 globs of --exclude matched no file: tset, and 1 more$/m);
  t.notMatch((await check(folder, 'DIR', '--exclude', 'tests')).stdout, '--exclude');
  const two = ['b.json', '*.json'].flatMap((glob) => ['--exclude', glob]);
  t.notMatch((await check(folder, 'DIR', ...two)).stdout, '--exclude', 'two globs may match one file');
});

t.test('leaving out everything is reported', async (t) => {
  const { exitCode, stdout } = await check(aFolder(t), 'DIR', '--exclude', '**');
  t.equal(exitCode, 2);
  t.match(stdout, /holds no file/);
});

t.test('an example in a folder is a hint, and is checked if its path is given', async (t) => {
  const folder = aFolder(t);
  const { stdout, denied } = await check(folder, 'DIR');
  t.match(
    stdout,
    /^hint: 2 examples not checked, unless named:\s+\S*secret\.example\.yaml,\s+and\s+1\s+more$/m,
  );
  t.ok(denied.includes('example.yaml'), 'a name without such an ending is no example');
  t.match(await check(folder, 'DIR/secret.example.yaml'), { exitCode: 1, denied: ['secret.example.yaml'] });
});

t.test('each skipped Secret has a reason', async (t) => {
  const reasons = {
    sops: aSecret('stringData:\n  A: ENC[x]\nsops:\n  mac: x\n', 'sops'),
    sealed: 'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: sealed}\n',
    helm: aSecret('type: helm.sh/release.v1\n', 'helm'),
    system: aSecret(undefined, 'system').replace('  name:', '  namespace: kube-system\n  name:'),
    own: aSecret(undefined, 'own').replace('  name:', '  namespace: lockstep-system\n  name:'),
  };
  const folder = t.testdir({ 'all.yaml': Object.values(reasons).join('---\n') });
  const { stdout, exitCode } = await check(folder, 'DIR');
  t.equal(exitCode, 0);
  t.equal(
    stdout,
    `hint: 1 Secret not validated, encrypted by SOPS: default/sops
hint: 1 Secret not validated, ciphertext of a SealedSecret: default/sealed
hint: 1 Secret not validated, exempt by its type: default/helm
hint: 1 Secret not validated, in a system namespace: kube-system/system
hint: 1 Secret not validated, in the namespace of lockstep: lockstep-system/own

5 Secrets in 1 file: 5 skipped
`,
  );
  const json = JSON.parse((await check(folder, 'DIR', '--format', 'json')).stdout);
  t.match(json.secrets[0], { verdict: 'skip', reason: 'encrypted by SOPS' });
  const unmatched = await check(
    folder,
    'DIR',
    ...['jwt-keys', 'no-placeholders'].flatMap((name) => ['--no-builtin', name]),
  );
  t.equal(unmatched.exitCode, 0);
});
