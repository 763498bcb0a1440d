import { existsSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
import { filesFor, TARGETS } from '../../../scripts/release/executable.ts';
import { NODE_VERSION } from '../../../scripts/release/project.ts';

t.test('an executable holds the files of the npm package that the program reads', async (t) => {
  const files = filesFor({ arch: 'x64' });
  for (const name of ['dist/lockstep.js', 'dist/licenses.txt', 'dist/page/page.html', 'package.json'])
    t.ok(existsSync(files[name] ?? ''), name);
  t.ok(Object.hasOwn(files, 'manifests/policies/jwt-keys.yaml'));
});

t.test('a code cache of V8 is only in the executable for its kind of machine', async (t) => {
  const cachesFor = (arch: 'x64' | 'arm64') =>
    Object.keys(filesFor({ arch })).filter((name) => name.startsWith('dist/program.v'));
  const own = `dist/program.${process.version}-linux-${process.arch}.bin`;
  for (const { arch } of TARGETS) t.same(cachesFor(arch), arch === process.arch ? [own] : [], arch);
});

t.test('the executables have the Node of the tests', async (t) => {
  t.equal(process.versions.node, NODE_VERSION);
});
