import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BuildOptions, build } from 'esbuild';
import { COMPILED_POLICIES_FILE } from '../src/commands/manifests/builtin-policies.ts';
import { compilePolicyFiles } from '../src/manifest/policies/compile-policies.ts';
import { writeCompiledPolicies } from '../src/manifest/policies/compiled-policies.ts';
import { readPolicyFiles } from '../src/manifest/policies/policy-files.ts';
import { writeBundledPackages } from './build/bundled-packages.ts';
import { chunkFunction, importedChunks } from './build/chunks.ts';
import { leanKubernetes } from './build/lean-kubernetes.ts';
import { CHUNK_FOLDER, chunkOf, LAZY_PACKAGES, PROGRAM_FILE } from './build/program.ts';

/**
 * Builds the program that the image, the package's `bin` and the end-to-end tests start:
 *
 *     dist/lockstep.js     opens the program
 *     dist/program.cjs     what `check` and `render` need: the less a start loads, the sooner it ends
 *     dist/chunks/         everything else, each file opened by its first use
 *     dist/program….bin    what V8 has compiled of it, for the very Node that runs this build; others pass it over
 *     dist/policies.bin    the built-in policies, compiled
 *     dist/page/           the sources of the HTML report
 *     dist/package.json    says that these files are CommonJS, of which Node loads less than of ES modules
 *     dist/packages.json   the npm packages with code in these files; dist/licenses.txt has their licences
 *
 * esbuild cuts the program into chunks once, so that each module is in one of them: a process has one engine.
 */
const root = join(import.meta.dirname, '..');
/** Another folder than dist/, for a test that builds its own. */
const outdir = process.argv[2] ?? join(root, 'dist');

const MAIN = 'src/main.ts';
const PROGRAM = 'src/commands/program.ts';
/** Loaded by a start of `check` or `render`. */
const START_FILES = [
  MAIN,
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
  /node_modules\/(@kubernetes|fastify|zod|selfsigned|prom-client|pg|ioredis|pino)\//;
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
  define: { 'import.meta.dirname': '__dirname' },
} as const satisfies BuildOptions;

await rm(outdir, { recursive: true, force: true });
const { outputFiles, metafile } = await build({
  ...shared,
  entryPoints: {
    main: MAIN,
    program: PROGRAM,
    ...Object.fromEntries(LAZY_PACKAGES.map((name) => [chunkOf(name).replace(/\.js$/, ''), entryOf(name)])),
  },
  external: [...LAZY_PACKAGES],
  splitting: true,
  write: false,
  plugins: [leanKubernetes(root)],
});
const start = importedChunks(metafile, START_FILES);
refuseInput(Object.keys(metafile.outputs), GENERATED_CLIENT, 'see scripts/build/lean-kubernetes.ts');
refuseInput([...start], TOO_LARGE_FOR_START, 'a start of check would load it');
await mkdir(join(outdir, CHUNK_FOLDER), { recursive: true });
const startNames = new Set(Array.from(start, (path) => basename(path)));
// A function that no start calls costs no time.
const program: string[] = [];
for (const file of outputFiles) {
  const name = basename(file.path);
  const chunk = await chunkFunction(file);
  if (startNames.has(name)) program.push(`${JSON.stringify(name)}:${chunk}`);
  else await writeFile(join(outdir, CHUNK_FOLDER, name), chunk);
}
await writeFile(join(outdir, PROGRAM_FILE), `({\n${program.join(',\n')}\n})`);

const launcher = await build({
  ...shared,
  entryPoints: { lockstep: 'scripts/build/launcher.ts' },
  format: 'cjs',
});
await writeFile(join(outdir, 'package.json'), '{"type":"commonjs"}\n');
writeBundledPackages(root, outdir, [metafile, launcher.metafile]);

const policies = readPolicyFiles([join(root, 'manifests', 'policies')]);
writeCompiledPolicies(join(outdir, COMPILED_POLICIES_FILE), policies, compilePolicyFiles(policies));
await cp(join(root, 'src/report/audit/html/page'), join(outdir, 'page'), { recursive: true });
await promisify(execFile)(process.execPath, [join(root, 'scripts', 'build', 'warm.ts'), outdir]);
await chmod(join(outdir, 'lockstep.js'), 0o755);

function refuseInput(paths: readonly string[], refused: string | RegExp, hint: string): void {
  const found = paths
    .flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}))
    .find((input) => input.match(refused) !== null);
  if (found !== undefined) throw new Error(`the release would hold ${found}: ${hint}`);
}

/** Its code as ES modules. */
function entryOf(name: string): string {
  return fileURLToPath(import.meta.resolve(name));
}
