import { execFile } from 'node:child_process';
import { chmod, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { COMPILED_POLICIES_FILE } from '../src/commands/manifests/builtin-policies.ts';
import { compilePolicyFiles } from '../src/manifest/policies/compile-policies.ts';
import { writeCompiledPolicies } from '../src/manifest/policies/compiled-policies.ts';
import { readPolicyFiles } from '../src/manifest/policies/policy-files.ts';
import { writeBundledPackages } from './build/bundled-packages.ts';
import { embedPage } from './build/embed-page.ts';
import {
  LAZY_LIBRARY_FILES,
  lazyBuiltins,
  lazyLibraries,
  lazySaslprep,
  POLICY_LIBRARY_FILES,
} from './build/lazy.ts';
import { leanKubernetes } from './build/lean-kubernetes.ts';
import { leanServer } from './build/lean-server.ts';
import { leanYaml } from './build/lean-yaml.ts';
import { packedWords } from './build/packed-words.ts';
import { CACHED_PROGRAMS, type ProgramName, programFile, WRAPPER } from './build/program.ts';
import { released } from './build/released.ts';

/**
 * Builds the program that the image, the package's `bin` and the end-to-end tests start:
 *
 *     dist/lockstep.js          argv, env, streams
 *     dist/chunks/program.cjs   all commands but the next three, in one file: each file more costs a millisecond at start
 *     dist/chunks/check.cjs     `lockstep check`: the less it loads, the sooner it starts
 *     dist/chunks/serve.cjs     `lockstep serve`, without what only a laptop needs: the less it loads, the less memory it holds
 *     dist/chunks/audit.cjs     `lockstep audit`, for the same reason
 *     dist/chunks/….bin         what V8 has compiled of each, for the very Node that runs this build; others pass it over
 *     dist/chunks/doctor.js, …  the commands that need a large library, each loaded when it runs, and what they share
 *     dist/packages.json        the npm packages with code in these files; dist/licenses.txt has their licences
 */
const root = join(import.meta.dirname, '..');
/** Another folder than dist/, for a test that builds its own. */
const outdir = process.argv[2] ?? join(root, 'dist');
const chunks = join(outdir, 'chunks');

/** Loaded by `import()` from where the rest is. */
const SEPARATE_FILES = [
  'src/commands/controller/controller.ts',
  'src/commands/certs/certs.ts',
  'src/commands/policy-sources/cluster-policy-engine.ts',
  'src/commands/cli/secret-ref.ts',
  'src/commands/completion/completion.ts',
  'src/commands/probe/probe.ts',
  'src/commands/history/history.ts',
  'src/commands/rollback/rollback.ts',
  'src/commands/rotate/rotate.ts',
  'src/commands/heal/heal.ts',
  'src/commands/doctor/doctor.ts',
  'src/commands/init-db/init-db.ts',
  'src/commands/policy/floor.ts',
  'src/commands/policy/list.ts',
  'src/commands/policy/match-conditions.ts',
  'src/commands/policy/test.ts',
  'src/commands/policy/validate.ts',
  'src/commands/version/version.ts',
  'src/kube/client/kubeconfig.ts',
  'src/manifest/policies/compile-policies.ts',
  'src/manifest/policies/own-object-errors.ts',
  'src/postgres/protocol/login.ts',
  ...LAZY_LIBRARY_FILES,
];
const GENERATED_CLIENT = 'node_modules/@kubernetes/client-node/dist/gen/models/';
/** `check` on one file takes only a few times as long as the start of Node. */
const TOO_LARGE_FOR_START =
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
  plugins: [
    lazySaslprep(root),
    leanYaml(root),
    packedWords,
    lazyLibraries(POLICY_LIBRARY_FILES),
    leanKubernetes(root),
    embedPage,
  ],
});
const unused = Object.keys(needed.inputs).find((path) => path.includes(GENERATED_CLIENT));
if (unused !== undefined)
  throw new Error(`the release would hold ${unused}: see scripts/build/lean-kubernetes.ts`);
const program = await buildProgram('program', 'src/commands/program.ts', [
  lazyLibraries(POLICY_LIBRARY_FILES),
  lazyBuiltins,
  absent(['./check/check-files.ts', './serve/serve.ts', './audit/audit.ts']),
]);
const check = await buildProgram('check', 'src/commands/check/program.ts', [
  lazyLibraries(POLICY_LIBRARY_FILES),
  lazyBuiltins,
]);
for (const [name, { inputs }] of Object.entries({ program, check })) {
  const large = Object.keys(inputs).find((path) => TOO_LARGE_FOR_START.test(path));
  if (large !== undefined)
    throw new Error(`${name}.cjs would hold ${large}: name the file that imports it in SEPARATE_FILES`);
}
const serve = await buildProgram('serve', 'src/commands/serve/program.ts', [
  lazyLibraries(LAZY_LIBRARY_FILES),
  leanServer,
]);
const audit = await buildProgram('audit', 'src/commands/audit/program.ts', [
  embedPage,
  lazyLibraries(LAZY_LIBRARY_FILES),
]);
const { metafile: entry } = await build({
  ...shared,
  entryPoints: { lockstep: 'src/main.ts' },
  outdir,
  banner: {},
  metafile: true,
  plugins: [lazyBuiltins, released],
});
writeBundledPackages(root, outdir, [needed, program, check, serve, audit, entry]);

const policies = readPolicyFiles([join(root, 'manifests', 'policies')]);
writeCompiledPolicies(join(chunks, COMPILED_POLICIES_FILE), policies, compilePolicyFiles(policies));
for (const name of CACHED_PROGRAMS)
  await promisify(execFile)(process.execPath, [join(root, 'scripts', 'build', 'warm.ts'), outdir, name]);
await chmod(join(outdir, 'lockstep.js'), 0o755);

async function buildProgram(name: ProgramName, entry: string, plugins: readonly Plugin[]): Promise<Metafile> {
  const { metafile } = await build({
    ...shared,
    entryPoints: [entry],
    outfile: join(chunks, programFile(name)),
    format: 'cjs',
    charset: 'ascii',
    banner: { js: WRAPPER.before },
    footer: { js: WRAPPER.after },
    define: { 'import.meta.dirname': '__dirname' },
    // A script that is loaded by hand has none. `require` loads the other chunks, ES modules included.
    supported: { 'dynamic-import': false },
    metafile: true,
    plugins: [lazySaslprep(root), leanYaml(root), packedWords, ...plugins, apart(SEPARATE_FILES, '.')],
  });
  return metafile;
}

/** For the program without the commands that have a program of their own. */
function absent(files: readonly string[]): Plugin {
  return {
    name: 'absent',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /\.ts$/ }, ({ path, kind }) =>
        files.includes(path) && kind === 'dynamic-import' ? { path, namespace: 'absent' } : undefined,
      );
      onLoad({ filter: /./, namespace: 'absent' }, ({ path }) => ({
        contents: `throw new Error('${path} is in another program');`,
      }));
    },
  };
}

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
