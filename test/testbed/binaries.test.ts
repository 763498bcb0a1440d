import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { IN_TESTS, PROGRAMS, type Program, type ProgramName, pinnedVersion } from './modules.ts';

const BUILD = join(import.meta.dirname, 'build.ts');

/** Runs what `npm run testbed` runs, on a machine that has these folders and no Go unless `PATH` is given. */
const build = (env: Readonly<Record<string, string>>, names: readonly ProgramName[] = []) =>
  execa(process.execPath, [BUILD, ...names], {
    env: { PATH: '', ...env },
    extendEnv: false,
    reject: false,
  });

/** Stands in for Go, which takes minutes: writes the file that -o names, or into that folder one file for each package. */
const GO = `#!/bin/sh
echo "$@" >>CALLS
while [ "$1" != -o ]; do shift; done
output=$2; shift 2
for package; do
  case $output in */) file=$output\${package##*/} ;; *) file=$output ;; esac
  echo "#!/bin/sh" >"$file"
  /bin/chmod +x "$file"
done
`;

function program(path: string, script = '#!/bin/sh\n'): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}

function cached(cache: string, name: ProgramName, source: Program = PROGRAMS[name]): string {
  const key = `${source.folder}-${pinnedVersion(source)}-${process.platform}-${process.arch}`;
  return join(cache, 'lockstep', 'testbed', key, name);
}

t.test('KUBEBUILDER_ASSETS comes first, and the cache has what it lacks', async (t) => {
  const assets = join(t.testdir(), 'assets');
  const cache = join(t.testdirName, 'cache');
  const given: ProgramName[] = ['kube-apiserver', 'etcd', 'kubectl'];
  for (const name of given) program(join(assets, name));
  for (const name of IN_TESTS) program(cached(cache, name));
  const { stdout, stderr, exitCode } = await build({ KUBEBUILDER_ASSETS: assets, XDG_CACHE_HOME: cache });
  const expected = IN_TESTS.map(
    (name) => `${name} ${given.includes(name) ? join(assets, name) : cached(cache, name)}`,
  );
  t.same({ lines: stdout.split('\n'), stderr, exitCode }, { lines: expected, stderr: '', exitCode: 0 });
});

t.test(
  'TESTBED_KUBERNETES=oldest finds the oldest version under its own key, and nothing else',
  async (t) => {
    const cache = join(t.testdir(), 'cache');
    const assets = join(t.testdirName, 'assets');
    const names: ProgramName[] = ['kube-apiserver', 'kubectl', 'kube-controller-manager', 'etcd', 'kwok'];
    for (const name of names) program(join(assets, name));
    for (const name of names) program(cached(cache, name));
    const env = { KUBEBUILDER_ASSETS: assets, XDG_CACHE_HOME: cache, TESTBED_KUBERNETES: 'oldest' };
    t.match(
      (await build(env, names)).stderr,
      /^testbed: no kube-apiserver, kubectl, kube-controller-manager v1\.30\.\d+ here/,
    );

    const oldest = (name: ProgramName): string =>
      ['kubernetes', 'etcd'].includes(PROGRAMS[name].folder)
        ? cached(cache, name, { ...PROGRAMS[name], folder: `${PROGRAMS[name].folder}-oldest` })
        : cached(cache, name);
    for (const name of names) program(oldest(name));
    const { stdout, stderr } = await build(env, names);
    t.same(
      { lines: stdout.split('\n'), stderr },
      { lines: names.map((name) => `${name} ${oldest(name)}`), stderr: '' },
    );

    const misspelt = await build({ ...env, TESTBED_KUBERNETES: 'older' });
    t.match(misspelt, { exitCode: 1, stderr: /TESTBED_KUBERNETES=older: there are newest and oldest/ });
  },
);

t.test('a machine that has none, and no Go, gets one sentence and a failure', async (t) => {
  const { stdout, stderr, exitCode } = await build({ XDG_CACHE_HOME: t.testdir() });
  t.equal(exitCode, 1);
  t.equal(stdout, '');
  t.match(
    stderr,
    /^testbed: no kube-apiserver, kubectl, kube-controller-manager v[\d.]+ here: set KUBEBUILDER_ASSETS .* or install Go [^\n]*$/,
  );
});

t.test('what is missing is built, named while it is, and found the next time', async (t) => {
  const cache = join(t.testdir(), 'cache');
  const bin = join(t.testdirName, 'bin');
  const calls = join(t.testdirName, 'calls');
  program(join(bin, 'go'), GO.replace('CALLS', calls));
  const first = await build({ XDG_CACHE_HOME: cache, PATH: bin });
  t.same(
    first.stdout.split('\n'),
    IN_TESTS.map((name) => `${name} ${cached(cache, name)}`),
  );
  const { folder } = PROGRAMS.kubectl;
  const kubernetes = IN_TESTS.filter((name) => PROGRAMS[name].folder === folder).join(', ');
  t.match(first.stderr, `testbed: built ${kubernetes} ${pinnedVersion(PROGRAMS.kubectl)} in `);
  for (const name of IN_TESTS.filter((each) => PROGRAMS[each].folder !== folder))
    t.match(first.stderr, `testbed: built ${name} ${pinnedVersion(PROGRAMS[name])} in `);
  const modules = new Set(IN_TESTS.map((name) => PROGRAMS[name].folder));
  t.equal(readFileSync(calls, 'utf8').trim().split('\n').length, modules.size, 'one build for each module');
  const second = await build({ XDG_CACHE_HOME: cache });
  t.same({ stdout: second.stdout, stderr: second.stderr }, { stdout: first.stdout, stderr: '' });
});

t.test('a build that fails says what Go said, and leaves nothing that could be run', async (t) => {
  const cache = join(t.testdir(), 'cache');
  const bin = join(t.testdirName, 'bin');
  program(join(bin, 'go'), '#!/bin/sh\necho "no space left on device" >&2\nexit 1\n');
  const { stderr, exitCode } = await build({ XDG_CACHE_HOME: cache, PATH: bin });
  t.equal(exitCode, 1);
  t.match(
    stderr,
    /building kube-apiserver, kubectl, kube-controller-manager v[\d.]+ failed: no space left on device$/,
  );
  t.equal((await build({ XDG_CACHE_HOME: cache })).exitCode, 1);
});

t.test('a test that needs a program that is not built fails with the command that builds it', async (t) => {
  const code = `
    import { findBinaries } from ${JSON.stringify(join(import.meta.dirname, 'binaries.ts'))};
    findBinaries(['kwok', 'etcd', 'helm']);
  `;
  const cache = join(t.testdir(), 'cache');
  program(cached(cache, 'etcd'));
  const { stderr, exitCode } = await execa(process.execPath, ['--input-type=module', '-e', code], {
    env: { PATH: '', XDG_CACHE_HOME: cache },
    extendEnv: false,
    reject: false,
  });
  t.equal(exitCode, 1);
  t.match(stderr, /^Error: kwok, helm are not built: run npm run testbed -- kwok helm$/m);
});
