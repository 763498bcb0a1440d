import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { manPages } from '../../scripts/man/man-pages.ts';
import { aCluster } from '../helpers/cluster/cluster.ts';
import { helm } from '../helpers/cluster/helm.ts';
import { kustomize } from '../helpers/cluster/kustomize.ts';
import { ROOT } from '../helpers/cluster/lockstep.ts';
import { findBinaries } from '../testbed/binaries.ts';
import { aRelease, npmPackage } from './folder.ts';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** The oldest Node of `engines`. */
const OLDEST_NODE = '22.19.0';
const release = await aRelease(t);
const files = readdirSync(release).sort();
const demo = (name: string): string => join(ROOT, 'docs', 'demo', `${name}.yaml`);

/** Outside of the clone, so that npm finds no program of it. */
const elsewhere = mkdtempSync(join(tmpdir(), 'lockstep-elsewhere-'));
t.teardown(() => rmSync(elsewhere, { recursive: true, force: true }));

/** With the Node of this test first on the PATH, and without tap's own options. */
async function run(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const path = `${env.PATH === undefined ? '' : `${env.PATH}:`}${dirname(process.execPath)}:${process.env.PATH}`;
  const { exitCode, all } = await execa(file, args, {
    cwd: elsewhere,
    env: { NODE_OPTIONS: '', ...env, PATH: path },
    all: true,
    reject: false,
    stdin: 'ignore',
  });
  return { exitCode, output: all };
}

/** In the order of the alphabet, as SHA256SUMS lists them. */
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .sort();

t.test('the folder is complete, and its checksums hold', async (t) => {
  const overlays = readdirSync(join(ROOT, 'manifests', 'overlays')).map((name) => `install-${name}.yaml`);
  t.same(
    files,
    [
      ...[
        'SHA256SUMS',
        'argo-cd',
        'argo-cd-health.yaml',
        'artifacthub-repo.yml',
        'crds.yaml',
        'docs',
        'install.yaml',
        'man',
        'monitoring.yaml',
      ],
      ...overlays,
      ...[
        ...['-chart.tgz', '-linux-arm64.tar.gz', '-linux-x64.tar.gz', '-linux.cdx.json'],
        ...['-npm.tgz', '.cdx.json', '.tar.gz'],
      ].map((end) => `lockstep-${version}${end}`),
      ...[
        'lockstep.yaml',
        'postgrescredential.schema.json',
        'rediscredential.schema.json',
        'secretpolicy.schema.json',
      ],
    ].sort(),
  );
  const { exitCode, output } = await run('sh', [
    '-c',
    `cd ${release} && sha256sum --check --strict SHA256SUMS`,
  ]);
  t.equal(exitCode, 0, output);
  const checked = output
    ?.trim()
    .split('\n')
    .map((line) => line.replace(/: OK$/, ''));
  t.same(
    checked,
    filesBelow(release).filter((name) => name !== 'SHA256SUMS'),
  );
});

t.test('there is a man page for each command', async (t) => {
  t.same(readdirSync(join(release, 'man')).sort(), [...manPages().keys()].sort());
});

t.test('each install file is what kubectl apply -k applies', async (t) => {
  for (const name of files.filter((each) => /^(install|monitoring)/.test(each))) {
    const objects = parseAllDocuments(readFileSync(join(release, name), 'utf8')).map((each) => each.toJS());
    t.same(objects, await kustomize(folderOf(name)), name);
  }
});

function folderOf(file: string): string {
  if (file === 'monitoring.yaml') return 'manifests/monitoring';
  const overlay = /^install-(.*)\.yaml$/.exec(file)?.[1];
  return overlay === undefined ? 'manifests' : `manifests/overlays/${overlay}`;
}

t.test('on a real API server: kubectl apply -f, then -k changes nothing, and -f deletes all', async (t) => {
  const cluster = await aCluster(t, { controllers: true });
  const kubectl = async (args: readonly string[]) => (await cluster.mustRun(args)).stdout;
  await kubectl(['apply', '-f', join(release, 'install.yaml')]);
  const again = await kubectl(['apply', '-k', join(ROOT, 'manifests')]);
  // kubectl has no patch keys for a PodDisruptionBudget, and always writes it.
  for (const line of again.trim().split('\n')) t.match(line, /^poddisruptionbudget\.policy\/| unchanged$/);
  await kubectl(['get', 'secretpolicies,postgrescredentials,rediscredentials', '-A']);
  await kubectl(['delete', '-f', join(release, 'install.yaml'), '--ignore-not-found', '--timeout=60s']);
  t.equal(await kubectl(['get', 'namespace', 'lockstep-system', '--ignore-not-found']), '');
});

t.test('npm exec runs the npm package, which brings no other package', async (t) => {
  // As on a machine on which npm has run nothing before, and which reaches no registry.
  const env = { npm_config_cache: join(elsewhere, 'npm'), npm_config_offline: 'true' };
  const lockstep = (...args: string[]) =>
    run('npm', ['exec', '--yes', `--package=${npmPackage(release)}`, '--', ...args], env);
  t.equal((await lockstep('lockstep', 'check', demo('secret'))).exitCode, 0);
  const refused = await lockstep('kubectl-lockstep', 'check', demo('template'));
  t.equal(refused.exitCode, 1);
  t.match(refused.output, 'is a placeholder');

  const { output = '' } = await run('tar', ['-xzOf', npmPackage(release), 'package/package.json']);
  const manifest = JSON.parse(output);
  t.match(manifest, { name: 'lockstep', version, engines: { node: '>=22.19' }, license: 'Apache-2.0' });
  for (const absent of ['private', 'dependencies', 'devDependencies', 'scripts']) t.notOk(manifest[absent]);
});

t.test('the tarball runs on the oldest Node that engines names', async (t) => {
  const dir = t.testdir();
  t.equal((await run('tar', ['-xzf', join(release, `lockstep-${version}.tar.gz`), '-C', dir])).exitCode, 0);
  const program = join(dir, `lockstep-${version}`, 'dist', 'lockstep.js');
  const { exitCode, output } = await run('npm', [
    ...['exec', '--yes', `--package=node@${OLDEST_NODE}`, '--', 'sh', '-c'],
    `node --version && node ${program} check ${demo('template')}`,
  ]);
  t.match(output, `v${OLDEST_NODE}`);
  t.equal(exitCode, 1, output);
  t.match(output, 'is a placeholder');
});

t.test(
  'the krew manifest passes the checks of the index, and kubectl runs the installed plugin',
  async (t) => {
    const binaries = findBinaries(['krew', 'validate-krew-manifest', 'kubectl']);
    const manifest = join(release, 'lockstep.yaml');
    const checked = await run(binaries['validate-krew-manifest'], ['-manifest', manifest, '-skip-install']);
    t.equal(checked.exitCode, 0, checked.output);

    const dir = t.testdir({ bin: {} });
    symlinkSync(binaries.kubectl, join(dir, 'bin', 'kubectl'));
    const root = join(dir, 'krew');
    const env = { KREW_ROOT: root, HOME: dir, PATH: `${join(dir, 'bin')}:${join(root, 'bin')}` };
    const archive = join(release, `lockstep-${version}-linux-x64.tar.gz`);
    const installed = await run(
      binaries.krew,
      ['install', `--manifest=${manifest}`, `--archive=${archive}`],
      env,
    );
    t.equal(installed.exitCode, 0, installed.output);
    const { exitCode, output } = await run('kubectl', ['lockstep', 'check', demo('template')], env);
    t.equal(exitCode, 1, output);
    t.match(output, 'is a placeholder');
  },
);

t.test('the packed chart renders what the folder renders, and helm lint finds nothing', async (t) => {
  const home = t.testdir();
  const chart = join(release, `lockstep-${version}-chart.tgz`);
  const lint = await helm(['lint', '--strict', chart], home);
  t.equal(lint.exitCode, 0, lint.stdout + lint.stderr);
  const render = async (from: string) =>
    (await helm(['template', 'lockstep', from, '--skip-tests', '--kube-version=1.37.0'], home)).stdout;
  t.equal(await render(chart), await render(join(ROOT, 'manifests', 'helm')));
});

t.test('the SBOM lists the packages of the bundle, and no other', async (t) => {
  const { output = '' } = await run('tar', ['-xzOf', npmPackage(release), 'package/dist/packages.json']);
  const bundled: { name: string; version: string }[] = JSON.parse(output);
  const sbom = JSON.parse(readFileSync(join(release, `lockstep-${version}.cdx.json`), 'utf8'));
  const idOf = (one: { name: string; version: string }) => `${one.name}@${one.version}`;
  t.same(sbom.components.map(idOf).sort(), bundled.map(idOf).sort());
});
