import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
/** Another folder than dist/, for a test that builds its own. */
const outdir = process.argv[2] ?? join(root, 'dist');

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
  legalComments: 'linked',
  logLevel: 'warning',
});
await chmod(join(outdir, 'lockstep.js'), 0o755);
