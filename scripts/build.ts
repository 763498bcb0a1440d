import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { build, type Plugin } from 'esbuild';
import { COMPILED } from '../src/commands/manifest-engine.ts';
import { compileAll } from '../src/manifest/compile-policies.ts';
import { writeCompiled } from '../src/manifest/compiled-policies.ts';
import { readPolicyFiles } from '../src/manifest/policy-files.ts';

const root = join(import.meta.dirname, '..');
/** Another folder than dist/, for a test that builds its own. */
const outdir = process.argv[2] ?? join(root, 'dist');

/** Its tables take 7 ms to unpack, and are asked only of a password outside ASCII: they are unpacked then. */
const lazySaslprep: Plugin = {
  name: 'lazy-saslprep',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^@mongodb-js\/saslprep$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'saslprep', namespace: 'lazy' } : undefined,
    );
    onLoad({ filter: /^saslprep$/, namespace: 'lazy' }, () => ({
      contents: "export const saslprep = (text) => require('@mongodb-js/saslprep')(text);",
      resolveDir: root,
    }));
  },
};

/**
 * dist/lockstep.js and its chunks: what the image runs, the package's `bin` is, and the end-to-end tests start. What a command imports when it runs
 * is a chunk of its own, so that `serve` never loads the Kubernetes client.
 */
await rm(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { lockstep: 'src/main.ts' },
  outdir,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  // CommonJS dependencies ask for Node's modules by `require`, which an ES module does not have.
  banner: {
    js: "import { createRequire as lockstepRequire } from 'node:module'; const require = lockstepRequire(import.meta.url);",
  },
  plugins: [lazySaslprep],
  legalComments: 'linked',
  logLevel: 'warning',
});
const policies = await readPolicyFiles([join(root, 'manifests', 'policies')]);
await writeCompiled(join(outdir, 'chunks', COMPILED), policies, compileAll(policies));
await chmod(join(outdir, 'lockstep.js'), 0o755);
