import { execFile } from 'node:child_process';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { type BuildOptions, build } from 'esbuild';
import { COMPILED_POLICIES_FILE } from '../src/commands/manifests/builtin-policies.ts';
import { compilePolicyFiles } from '../src/manifest/policies/compile-policies.ts';
import { writeCompiledPolicies } from '../src/manifest/policies/compiled-policies.ts';
import { readPolicyFiles } from '../src/manifest/policies/policy-files.ts';
import { writeBundledPackages } from './build/bundled-packages.ts';
import { chunkTable, importedChunks } from './build/chunk-table.ts';
import { embedPage } from './build/embed-page.ts';
import { LAZY_LIBRARY_FILES, lazyBuiltins, lazyLibraries, lazySaslprep } from './build/lazy.ts';
import { leanKubernetes } from './build/lean-kubernetes.ts';
import { CACHES, type ProgramFile, programFile } from './build/program.ts';
import { released } from './build/released.ts';

/**
 * Builds the program that the image, the package's `bin` and the end-to-end tests start:
 *
 *     dist/lockstep.js          argv, env, streams
 *     dist/chunks/program.cjs   what `check` and `render` need: the less a start loads, the sooner it ends
 *     dist/chunks/rest.cjs      everything else, opened by its first use
 *     dist/chunks/….bin         what V8 has compiled of both, for the very Node that runs this build; others pass it over
 *     dist/packages.json        the npm packages with code in these files; dist/licenses.txt has their licences
 *
 * esbuild cuts the program into chunks once, so that each module is in one of them: a process has one engine.
 */
const root = join(import.meta.dirname, '..');
/** Another folder than dist/, for a test that builds its own. */
const outdir = process.argv[2] ?? join(root, 'dist');
const chunks = join(outdir, 'chunks');

const PROGRAM = 'src/commands/program.ts';
/** Loaded by a start of `check` or `render`. */
const START_FILES = [
  PROGRAM,
  'src/commands/check/check-files.ts',
  'src/commands/render/render.ts',
  'src/commands/manifests/source.ts',
  'src/manifest/read/read.ts',
  'src/manifest/edit/edit.ts',
  'src/report/check/text.ts',
  'src/report/check/json.ts',
];
/** `check` on one file takes only a few times as long as the start of Node. */
const TOO_LARGE_FOR_START =
  /node_modules\/(@kubernetes|fastify|zod|selfsigned|prom-client|pg|re2js|@marcbachmann)\//;
const GENERATED_CLIENT = 'node_modules/@kubernetes/client-node/dist/gen/models/';

const shared = {
  absWorkingDir: root,
  outdir,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  // Names stay, so that the stack of an error shows them.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
} as const satisfies BuildOptions;

await rm(outdir, { recursive: true, force: true });
const { outputFiles, metafile } = await build({
  ...shared,
  entryPoints: [PROGRAM, ...LAZY_LIBRARY_FILES],
  entryNames: '[name]',
  splitting: true,
  write: false,
  define: { 'import.meta.dirname': '__dirname' },
  plugins: [
    lazySaslprep(root),
    lazyLibraries(LAZY_LIBRARY_FILES),
    lazyBuiltins,
    leanKubernetes(root),

    embedPage,
  ],
});
const start = importedChunks(metafile, START_FILES);
refuseInput(Object.keys(metafile.outputs), GENERATED_CLIENT, 'see scripts/build/lean-kubernetes.ts');
refuseInput([...start], TOO_LARGE_FOR_START, 'a start of check would load it');
await mkdir(chunks, { recursive: true });
const contents: Readonly<Record<ProgramFile, readonly string[]>> = {
  program: [...start],
  rest: Object.keys(metafile.outputs).filter((path) => !start.has(path)),
};
for (const [file, paths] of Object.entries(contents) as [ProgramFile, readonly string[]][])
  await writeFile(join(chunks, programFile(file)), await chunkTable(outputFiles, paths));

const entry = await build({
  ...shared,
  entryPoints: { lockstep: 'src/main.ts' },
  plugins: [lazyBuiltins, released],
});
writeBundledPackages(root, outdir, [metafile, entry.metafile]);

const policies = readPolicyFiles([join(root, 'manifests', 'policies')]);
writeCompiledPolicies(join(chunks, COMPILED_POLICIES_FILE), policies, compilePolicyFiles(policies));
for (const cache of CACHES)
  await promisify(execFile)(process.execPath, [join(root, 'scripts', 'build', 'warm.ts'), outdir, cache]);
await chmod(join(outdir, 'lockstep.js'), 0o755);

function refuseInput(paths: readonly string[], refused: string | RegExp, hint: string): void {
  const found = paths
    .flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}))
    .find((input) => input.match(refused) !== null);
  if (found !== undefined) throw new Error(`the release would hold ${found}: ${hint}`);
}
