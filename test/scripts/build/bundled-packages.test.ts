import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import t from 'tap';
import {
  LICENSES_FILE,
  PACKAGES_FILE,
  packageFolders,
  writeBundledPackages,
} from '../../../scripts/build/bundled-packages.ts';

const aMetafile = (inputs: Record<string, number>): Metafile => ({
  inputs: {},
  outputs: {
    'dist/x.js': {
      bytes: 1,
      imports: [],
      exports: [],
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }]),
      ),
    },
  },
});

t.test('lists each package with code in an output once, also a nested one', async (t) => {
  const one = aMetafile({
    'src/main.ts': 9,
    'node_modules/zod/v4/core.js': 5,
    'node_modules/zod/v4/parse.js': 5,
    'node_modules/@scope/name/lib/x.js': 5,
    'node_modules/unused/index.js': 0,
  });
  const other = aMetafile({
    'node_modules/zod/v4/core.js': 5,
    'node_modules/zod/node_modules/tslib/x.js': 1,
  });
  t.same(packageFolders([one, other]), [
    'node_modules/@scope/name',
    'node_modules/zod',
    'node_modules/zod/node_modules/tslib',
  ]);
});

t.test('writes name, version and licence of each package', async (t) => {
  const root = t.testdir({
    node_modules: {
      with: { 'package.json': '{"name":"with","version":"1.0.0"}', LICENSE: 'MIT License\n' },
      without: { 'package.json': '{"name":"without","version":"2.0.0","license":"ISC"}' },
    },
  });
  const outdir = join(root, 'dist');
  mkdirSync(outdir);
  writeBundledPackages(root, outdir, [
    aMetafile({ 'node_modules/with/x.js': 1, 'node_modules/without/x.js': 1 }),
  ]);
  t.same(JSON.parse(readFileSync(join(outdir, PACKAGES_FILE), 'utf8')), [
    { name: 'with', version: '1.0.0' },
    { name: 'without', version: '2.0.0' },
  ]);
  const licenses = readFileSync(join(outdir, LICENSES_FILE), 'utf8');
  t.match(licenses, /with 1\.0\.0\n=+\nMIT License\n/);
  t.match(licenses, /without 2\.0\.0\n=+\nLicense: ISC\n/);
});

t.test('fails for a package without a package.json', async (t) => {
  const root = t.testdir();
  writeFileSync(join(root, 'x'), '');
  t.throws(() => writeBundledPackages(root, root, [aMetafile({ 'node_modules/gone/x.js': 1 })]), {
    message: /has no package\.json/,
  });
});
