import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { aReview, bytesOf } from './helpers/admission/review.ts';
import { post } from './helpers/admission/serving.ts';
import { fetchText, ROOT, serve, start } from './helpers/cluster/lockstep.ts';

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

const instructions: readonly Instruction[] = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => ({ word: line.split(' ', 1)[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));
/** What is in the image that runs: all after the last FROM. test/image/ builds it and runs it. */
const final = instructions.slice(instructions.findLastIndex(({ word }) => word === 'FROM') + 1);
const only = (word: string): string => final.find((instruction) => instruction.word === word)?.rest ?? '';
const [, entry = '']: string[] = JSON.parse(only('ENTRYPOINT'));

t.test('the image has files and a user, and starts Node without a shell', async (t) => {
  t.equal(only('USER'), '65532:65532');
  t.same(JSON.parse(only('CMD')), ['serve']);
  t.match(JSON.parse(only('ENTRYPOINT')), [/\/node$/, /\.js$/]);
  t.notOk(final.some(({ word }) => word === 'RUN'));
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  t.same(
    instructions.filter(({ word }) => word === 'FROM').map(({ rest }) => rest),
    [`node:${devDependencies.node} AS build`, 'scratch'],
  );
  t.notMatch(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'), /amd64|arm64|x86_64|aarch64|--platform/);
});

t.test(
  'the entry point runs as the image runs it: its files only, read-only, not root, no environment',
  async (t) => {
    const image = anImage(t);
    const isRoot = process.getuid?.() === 0;
    const environment = Object.fromEntries(
      final
        .filter(({ word }) => word === 'ENV')
        .map(({ rest }) => rest.split(/=(.*)/, 2) as [string, string]),
    );
    const served = await serve(t, [], environment, (args, env) =>
      start(t, {
        file: join(image, 'node'),
        args: [join(image, entry), ...args],
        env,
        cwd: join(image, only('WORKDIR')),
        ...(isRoot ? { uid: 65532 } : {}),
      }),
    );
    const reply = await post({ port: served.port, ca: '' }, '/validate', bytesOf(aReview()), {
      rejectUnauthorized: false,
    });
    t.equal(reply.status, 200);
    t.equal(JSON.parse(reply.text).response.allowed, true);
    t.match((await fetchText(served.metricsPort, '/metrics')).text, /^lockstep_policies_loaded [1-9]/m);
    served.child.kill('SIGTERM');
    t.equal(await served.exited, 0, served.stderr());
  },
);

const START = ['lockstep.js', 'program.cjs'];

t.test(
  'check and render load one file beside the entry point: no server, no client, no schema',
  async (t) => {
    const program = join(anImage(t), entry);
    const secret = join(ROOT, 'docs', 'demo', 'secret.yaml');
    for (const command of ['check', 'render'])
      t.same(await loadedBy(t, program, [command, secret]), START, command);
    const others = await loadedBy(t, program, ['certs', '--cert-dir', t.testdir()]);
    t.ok(signsCertificates(others), 'another command opens more');
  },
);

t.test('serve signs no certificate if it finds one', async (t) => {
  const program = join(anImage(t), entry);
  const [certDir, coverage] = [t.testdir(), coverageFolder(t)];
  const serveOnce = async (): Promise<readonly string[]> => {
    const served = await serve(t, ['--cert-dir', certDir], { NODE_V8_COVERAGE: coverage }, (args, env) =>
      start(t, { file: process.execPath, args: [program, ...args], env }),
    );
    served.child.kill('SIGTERM');
    t.equal(await served.exited, 0, served.stderr());
    return loadedIn(coverage, program);
  };
  t.ok(signsCertificates(await serveOnce()), 'it makes the certificate');
  rmSync(coverage, { recursive: true });
  t.notOk(signsCertificates(await serveOnce()), 'the certificate is there already');
});

t.test('loads the library for patterns only for a policy that has one', async (t) => {
  const program = join(anImage(t), entry);
  const secret = join(ROOT, 'docs', 'demo', 'secret.yaml');
  for (const [key, isLoaded] of [
    [{ prefix: 'a', enum: ['ab'], maxLength: 9 }, false],
    [{ pattern: '^a$' }, true],
  ] as const) {
    const metadata = { name: 'forms' };
    const policy = {
      apiVersion: 'lockstep.dev/v1alpha1',
      kind: 'SecretPolicy',
      metadata,
      spec: { keys: { K: key } },
    };
    const folder = t.testdir({ 'policy.json': JSON.stringify(policy) });
    const files = await loadedBy(t, program, ['check', '--policy', join(folder, 'policy.json'), secret]);
    t.equal(files.includes('chunks/re2js.js'), isLoaded, JSON.stringify(key));
  }
});

function build(folder: string): void {
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.ts'), folder]);
}

function anImage(t: Test): string {
  const image = mkdtempSync(join(tmpdir(), 'lockstep-image-'));
  t.teardown(() => rmSync(image, { recursive: true, force: true }));
  layOut(image);
  return image;
}

/** The files that COPY brings, in places under `image`, and the Node that runs this test. */
function layOut(image: string): void {
  for (const { rest } of final.filter(({ word }) => word === 'COPY')) {
    // Node and its libraries: here those of this machine.
    if (rest.startsWith('--from=build /system/')) continue;
    const [source = '', destination = ''] = rest.replace('--from=build /src/', '').split(' ');
    const to = join(image, destination);
    mkdirSync(dirname(to), { recursive: true });
    if (source === 'dist/') build(to);
    else cpSync(join(ROOT, source), to, { recursive: true });
  }
  copyFileSync(process.execPath, join(image, 'node'));
  readOnly(image);
}

function readOnly(path: string): void {
  const isFolder = statSync(path).isDirectory();
  if (isFolder) for (const name of readdirSync(path)) readOnly(join(path, name));
  chmodSync(path, isFolder || path.endsWith('/node') ? 0o555 : 0o444);
}

const signsCertificates = (files: readonly string[]): boolean =>
  files.some((name) => name.startsWith('chunks/signed-certificate-'));

/** The files beside `program` that a run of it loads. */
async function loadedBy(t: Test, program: string, args: readonly string[]): Promise<readonly string[]> {
  const coverage = coverageFolder(t);
  const env = { NODE_V8_COVERAGE: coverage };
  const run = start(t, { file: process.execPath, args: [program, ...args], env });
  t.equal(await run.exited, 0, run.stderr());
  return loadedIn(coverage, program);
}

function coverageFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-loaded-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** V8 writes at the end of a process what has run. */
function loadedIn(coverage: string, program: string): readonly string[] {
  const base = `${pathToFileURL(dirname(program))}/`;
  return readdirSync(coverage)
    .flatMap(
      (name): { readonly url: string }[] => JSON.parse(readFileSync(join(coverage, name), 'utf8')).result,
    )
    .filter(({ url }) => url.startsWith(base))
    .map(({ url }) => url.slice(base.length))
    .sort();
}
