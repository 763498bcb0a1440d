import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { IN_TESTS, PROGRAMS, type ProgramName, pinnedVersion } from './modules.ts';

const BUILD = join(import.meta.dirname, 'build.ts');

/** Runs what `npm run testbed` runs, on a machine that has these folders and no Go unless `PATH` is given. */
const build = (env: { KUBEBUILDER_ASSETS?: string; XDG_CACHE_HOME: string; PATH?: string }) =>
  execa(process.execPath, [BUILD], { env: { PATH: '', ...env }, extendEnv: false, reject: false });

function program(path: string, script = '#!/bin/sh\n'): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}

function cached(cache: string, name: ProgramName): string {
  const { folder } = PROGRAMS[name];
  const key = `${folder}-${pinnedVersion(PROGRAMS[name])}-${process.platform}-${process.arch}`;
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

t.test('a machine that has none, and no Go, gets one sentence and a failure', async (t) => {
  const { stdout, stderr, exitCode } = await build({ XDG_CACHE_HOME: t.testdir() });
  t.equal(exitCode, 1);
  t.equal(stdout, '');
  t.match(
    stderr,
    /^testbed: no kube-apiserver v[\d.]+ here: set KUBEBUILDER_ASSETS .* or install Go [^\n]*$/,
  );
});

t.test('what is missing is built, named while it is, and found the next time', async (t) => {
  const cache = join(t.testdir(), 'cache');
  const bin = join(t.testdirName, 'bin');
  // Stands in for Go, which takes minutes: writes the file that -o names.
  program(
    join(bin, 'go'),
    '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho "#!/bin/sh" >"$2"\n/bin/chmod +x "$2"\n',
  );
  const first = await build({ XDG_CACHE_HOME: cache, PATH: bin });
  t.same(
    first.stdout.split('\n'),
    IN_TESTS.map((name) => `${name} ${cached(cache, name)}`),
  );
  for (const name of IN_TESTS)
    t.match(first.stderr, `testbed: built ${name} ${pinnedVersion(PROGRAMS[name])} in `);
  const second = await build({ XDG_CACHE_HOME: cache });
  t.same({ stdout: second.stdout, stderr: second.stderr }, { stdout: first.stdout, stderr: '' });
});

t.test('a build that fails says what Go said, and leaves nothing that could be run', async (t) => {
  const cache = join(t.testdir(), 'cache');
  const bin = join(t.testdirName, 'bin');
  program(join(bin, 'go'), '#!/bin/sh\necho "no space left on device" >&2\nexit 1\n');
  const { stderr, exitCode } = await build({ XDG_CACHE_HOME: cache, PATH: bin });
  t.equal(exitCode, 1);
  t.match(stderr, /building kube-apiserver v[\d.]+ failed: no space left on device$/);
  t.equal((await build({ XDG_CACHE_HOME: cache })).exitCode, 1);
});
