import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { fetchText, ROOT, serve, start } from './helpers/lockstep.ts';
import { aReview, bytesOf } from './helpers/review.ts';
import { post } from './helpers/serving.ts';

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

const instructions: readonly Instruction[] = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => ({ word: line.split(' ', 1)[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));
/** What is in the image that runs: all after the last FROM. */
const final = instructions.slice(instructions.findLastIndex(({ word }) => word === 'FROM') + 1);
const only = (word: string): string => final.find((instruction) => instruction.word === word)?.rest ?? '';
const [, entry = '']: string[] = JSON.parse(only('ENTRYPOINT'));

t.test('the image has files and a user, and starts Node without a shell', async (t) => {
  t.match(instructions[0], { word: 'FROM', rest: / AS build$/ });
  t.equal(only('USER'), '65532:65532');
  t.same(JSON.parse(only('CMD')), ['serve']);
  t.match(JSON.parse(only('ENTRYPOINT')), [/\/node$/, /\.js$/]);
  t.notOk(final.some(({ word }) => word === 'RUN'));
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const { rest } of instructions.filter(({ word }) => word === 'FROM')) {
    t.match(rest, new RegExp(`^node:${devDependencies.node.replaceAll('.', '\\.')}-slim`));
  }
});

t.test(
  'the entry point runs as the image runs it: its files only, read-only, not root, no environment',
  async (t) => {
    const image = mkdtempSync(join(tmpdir(), 'lockstep-image-'));
    t.teardown(() => rmSync(image, { recursive: true, force: true }));
    layOut(image);
    const isRoot = process.getuid?.() === 0;
    const environment = Object.fromEntries(
      final.filter(({ word }) => word === 'ENV').map(({ rest }) => rest.split('=', 2) as [string, string]),
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

t.test('serve never loads the Kubernetes client', async (t) => {
  const folder = t.testdir();
  build(folder);
  const holds = (file: string) =>
    readFileSync(join(folder, file), 'utf8').includes('node_modules/@kubernetes/client-node/');
  const chunks = readdirSync(join(folder, 'chunks')).map((name) => join('chunks', name));
  const client = chunks.filter((file) => file.endsWith('.js') && holds(file));
  t.ok(client.length > 0, 'it is a chunk of its own');
  t.same(
    reachable(folder, ['lockstep.js', ...chunks.filter((file) => /serve-[^/]*\.js$/.test(file))]).filter(
      (file) => client.includes(file),
    ),
    [],
  );
});

t.test('check loads no server, no client, and no schema', async (t) => {
  const folder = t.testdir();
  build(folder);
  const chunks = readdirSync(join(folder, 'chunks')).filter((name) => name.endsWith('.js'));
  const own = chunks.filter((name) => /^(check|manifests|read|text|json)-/.test(name));
  t.equal(own.length, 5);
  const loaded = reachable(folder, ['lockstep.js', ...own.map((name) => join('chunks', name))]);
  const text = loaded.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  t.match(text, /node_modules\/yaml\//, 'what is loaded is found');
  for (const library of ['@kubernetes/client-node', 'fastify', 'pino', 'prom-client', 'selfsigned', 'zod']) {
    t.notOk(text.includes(`node_modules/${library}/`), library);
  }
});

function build(folder: string): void {
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.ts'), folder]);
}

/** The files that COPY brings, in places under `image`, and the Node that runs this test. */
function layOut(image: string): void {
  for (const { rest } of final.filter(({ word }) => word === 'COPY')) {
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

/** What these files import as they are loaded; `import()` is not followed. */
function reachable(folder: string, files: readonly string[]): string[] {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file) || !existsSync(join(folder, file))) return;
    seen.add(file);
    for (const [, path = ''] of readFileSync(join(folder, file), 'utf8').matchAll(
      /^(?:import|\} from) ?"(\.[^"]+)";$/gm,
    )) {
      visit(join(dirname(file), path));
    }
  };
  files.forEach(visit);
  return [...seen];
}
