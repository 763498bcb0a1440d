import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');

/**
 * dist/lockstep.js and its chunks: what the image runs, the package's `bin` is, and the end-to-end tests start. What a command imports when it runs
 * is a chunk of its own, so that `serve` never loads the Kubernetes client.
 */
await rm(join(root, 'dist'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { lockstep: 'src/main.ts' },
  outdir: 'dist',
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
await chmod(join(root, 'dist', 'lockstep.js'), 0o755);
