import { execFile } from 'node:child_process';
import { chmod, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { COMPILED_POLICIES_FILE } from '../src/commands/manifests/policy-engine.ts';
import { compilePolicyFiles } from '../src/manifest/policies/compile-policies.ts';
import { writeCompiledPolicies } from '../src/manifest/policies/compiled-policies.ts';
import { readPolicyFiles } from '../src/manifest/policies/policy-files.ts';
import { writeBundledPackages } from './build/bundled-packages.ts';
import { lazyBuiltins, lazyPolicyLibraries, lazySaslprep, POLICY_LIBRARY_FILES } from './build/lazy.ts';
import { leanKubernetes } from './build/lean-kubernetes.ts';
import { PROGRAM, WRAPPER } from './build/program.ts';
import { released } from './build/released.ts';

/**
 * Builds the program that the image, the package's `bin` and the end-to-end tests start:
 *
 *     dist/lockstep.js          argv, env, streams
 *     dist/chunks/program.cjs   all commands that a laptop or a pipeline runs, in one file: each file more costs a millisecond at start
 *     dist/chunks/program.….bin what V8 has compiled of it, for the very Node that runs this build; others pass it over
 *     dist/chunks/serve.js, …   the commands that need a large library, each loaded when it runs, and what they share
 *     dist/packages.json        the npm packages with code in these files; dist/licenses.txt has their licences
 */
const root = join(import.meta.dirname, '..');
/** Another folder than dist/, for a test that builds its own. */
const outdir = process.argv[2] ?? join(root, 'dist');
const chunks = join(outdir, 'chunks');

/** Loaded by `import()` from where the rest is. */
const SEPARATE_FILES = [
  'src/commands/serve/serve.ts',
  'src/commands/serve/certificate.ts',
  'src/commands/controller/controller.ts',
  'src/commands/certs/certs.ts',
  'src/commands/audit/audit.ts',
  'src/commands/probe/probe.ts',
  'src/commands/history/history.ts',
  'src/commands/rollback/rollback.ts',
  'src/commands/rotate/rotate.ts',
  'src/commands/heal/heal.ts',
  'src/commands/doctor/doctor.ts',
  'src/commands/init-db/init-db.ts',
  'src/commands/policy/list.ts',
  'src/commands/policy/test.ts',
  'src/commands/policy/validate.ts',
  'src/manifest/policies/compile-policies.ts',
  'src/manifest/policies/own-object-errors.ts',
  'src/postgres/protocol/login.ts',
  ...POLICY_LIBRARY_FILES,
];
const GENERATED_CLIENT = 'node_modules/@kubernetes/client-node/dist/gen/models/';
/** `check` on one file takes only a few times as long as the start of Node. */
const TOO_LARGE_FOR_CHECK =
  /node_modules\/(@kubernetes|fastify|zod|selfsigned|prom-client|pg|re2js|@marcbachmann)\//;

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  // CommonJS dependencies ask for Node's modules by `require`, which an ES module does not have.
  banner: {
    js: "import { createRequire as lockstepRequire } from 'node:module'; const require = lockstepRequire(import.meta.url);",
  },
  // Names stay, so that the stack of an error shows them.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'linked',
  logLevel: 'warning',
};

await rm(outdir, { recursive: true, force: true });
const { metafile: needed } = await build({
  ...shared,
  entryPoints: SEPARATE_FILES,
  outdir: chunks,
  entryNames: '[name]',
  chunkNames: '[name]-[hash]',
  splitting: true,
  metafile: true,
  plugins: [lazySaslprep(root), lazyPolicyLibraries, leanKubernetes(root)],
});
const unused = Object.keys(needed.inputs).find((path) => path.includes(GENERATED_CLIENT));
if (unused !== undefined)
  throw new Error(`the release would hold ${unused}: see scripts/build/lean-kubernetes.ts`);
const { metafile } = await build({
  ...shared,
  entryPoints: ['src/commands/program.ts'],
  outfile: join(chunks, PROGRAM),
  format: 'cjs',
  charset: 'ascii',
  banner: { js: WRAPPER.before },
  footer: { js: WRAPPER.after },
  define: { 'import.meta.dirname': '__dirname' },
  // A script that is loaded by hand has none. `require` loads the other chunks, ES modules included.
  supported: { 'dynamic-import': false },
  metafile: true,
  plugins: [lazySaslprep(root), lazyPolicyLibraries, lazyBuiltins, apart(SEPARATE_FILES, '.')],
});
const large = Object.keys(metafile.inputs).find((path) => TOO_LARGE_FOR_CHECK.test(path));
if (large !== undefined)
  throw new Error(`${PROGRAM} would hold ${large}: name the command that imports it in APART`);
const { metafile: entry } = await build({
  ...shared,
  entryPoints: { lockstep: 'src/main.ts' },
  outdir,
  banner: {},
  metafile: true,
  plugins: [lazyBuiltins, released],
});
writeBundledPackages(root, outdir, [needed, metafile, entry]);

const policies = readPolicyFiles([join(root, 'manifests', 'policies')]);
writeCompiledPolicies(join(chunks, COMPILED_POLICIES_FILE), policies, compilePolicyFiles(policies));
await promisify(execFile)(process.execPath, [join(root, 'scripts', 'build', 'warm.ts'), outdir]);
await chmod(join(outdir, 'lockstep.js'), 0o755);

/** Leaves the `import()` of these files as it is, to what the build has made of them in `folder`. */
function apart(files: readonly string[], folder: string): Plugin {
  const names = new Set(files.map((file) => basename(file)));
  return {
    name: 'apart',
    setup: ({ onResolve }) => {
      onResolve({ filter: /\.ts$/ }, ({ path, kind }) => {
        if (kind !== 'dynamic-import' || !names.has(basename(path))) return undefined;
        return { path: `${folder}/${basename(path, '.ts')}.js`, external: true };
      });
    },
  };
}
