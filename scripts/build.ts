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
 * Of the Kubernetes client only KubeConfig is used, and of that only what makes the options of an HTTPS call: without the generated classes and without
 * undici, which it would call through, a process that talks to a cluster takes 16 MB less.
 */
const leanKubernetes: Plugin = {
  name: 'lean-kubernetes',
  setup: ({ onResolve, onLoad }) => {
    const folder = join(root, 'node_modules', '@kubernetes', 'client-node', 'dist');
    onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({ path: join(folder, 'config.js') }));
    onResolve({ filter: /^(\.\/gen\/index\.js|undici)$/ }, ({ path, resolveDir }) =>
      resolveDir === folder ? { path, namespace: 'unused' } : undefined,
    );
    onLoad({ filter: /gen/, namespace: 'unused' }, () => ({
      contents: 'export const createConfiguration = undefined, ServerConfiguration = undefined;',
    }));
    onLoad({ filter: /^undici$/, namespace: 'unused' }, () => ({
      contents: 'export const Agent = undefined, ProxyAgent = undefined;',
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
  plugins: [lazySaslprep, leanKubernetes],
  legalComments: 'linked',
  logLevel: 'warning',
});
const policies = await readPolicyFiles([join(root, 'manifests', 'policies')]);
await writeCompiled(join(outdir, 'chunks', COMPILED), policies, compileAll(policies));
await chmod(join(outdir, 'lockstep.js'), 0o755);
