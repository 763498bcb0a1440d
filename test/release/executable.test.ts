import { readFileSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import t from 'tap';
import { executableArchive, executableFolder, TARGETS } from '../../scripts/release/executable.ts';
import { VERSION } from '../../scripts/release/project.ts';
import { aCluster } from '../helpers/cluster/cluster.ts';
import { ROOT } from '../helpers/cluster/lockstep.ts';
import { findBinaries } from '../testbed/binaries.ts';
import { aRelease } from './folder.ts';

const release = await aRelease(t);
const demo = join(ROOT, 'docs', 'demo');

async function unpacked(arch: 'x64' | 'arm64', dir: string): Promise<string> {
  await execa('tar', ['-xzf', join(release, executableArchive({ arch })), '-C', dir]);
  return join(dir, executableFolder({ arch }));
}

/** As on a machine without Node, and with no variable of this one. */
async function run(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const options = { env, extendEnv: false, all: true, reject: false, stdin: 'ignore' } as const;
  const { exitCode, all = '' } = await execa(file, args, options);
  return { exitCode, output: all };
}

t.test('without Node and with an empty environment, the executable checks a folder', async (t) => {
  const lockstep = join(await unpacked('x64', t.testdir()), 'lockstep');
  const { exitCode, output } = await run(lockstep, ['check', demo]);
  t.equal(exitCode, 1, output);
  t.match(output, 'is a placeholder');
  t.notMatch(output, 'ExperimentalWarning');
  t.match(
    (await run(lockstep, ['--version'])).output,
    `lockstep     ${VERSION} (Node ${process.versions.node})`,
  );
  // The built-in policies and the page of the report are in the file.
  t.match((await run(lockstep, ['policy', 'list'])).output, 'jwt-keys');
});

t.test('as a kubectl plugin, it audits a cluster', async (t) => {
  const { kubectl } = findBinaries(['kubectl']);
  const cluster = await aCluster(t);
  await cluster.mustRun(['apply', '-f', join(demo, 'template.yaml')]);
  const dir = t.testdir({ bin: {} });
  symlinkSync(join(await unpacked('x64', dir), 'lockstep'), join(dir, 'bin', 'kubectl-lockstep'));
  const env = { PATH: join(dir, 'bin'), KUBECONFIG: cluster.kubeconfig };
  const audited = await run(kubectl, ['lockstep', 'audit', '--all-namespaces'], env);
  t.equal(audited.exitCode, 1, audited.output);
  t.match(audited.output, 'is a placeholder');
  const report = join(dir, 'report.html');
  const page = await run(kubectl, ['lockstep', 'audit', '--format', 'html', '--output', report], env);
  t.equal(page.exitCode, 1, page.output);
  t.match(readFileSync(report, 'utf8'), '<title>');
});

t.test('each executable is for its architecture, and has the licences of its parts', async (t) => {
  const machines = { x64: 62, arm64: 183 };
  for (const { arch } of TARGETS) {
    const folder = await unpacked(arch, t.testdir());
    const bytes = readFileSync(join(folder, 'lockstep'));
    t.same(bytes.subarray(0, 4), Buffer.from('\x7fELF'), arch);
    t.equal(bytes.readUInt16LE(18), machines[arch], arch);
    t.ok(bytes.includes('manifests/policies/jwt-keys.yaml'), arch);
    for (const license of ['LICENSE', 'LICENSE-node', 'licenses.txt'])
      t.not(readFileSync(join(folder, license), 'utf8'), '', `${arch} ${license}`);
  }
});

t.test('a damaged download does not unpack, and one for another machine does not start', async (t) => {
  const dir = t.testdir();
  const archive = join(dir, 'damaged.tar.gz');
  await execa('cp', [join(release, executableArchive({ arch: 'x64' })), archive]);
  truncateSync(archive, 10_000_000);
  const damaged = await run('/bin/tar', ['-xzf', archive, '-C', dir], { PATH: process.env.PATH ?? '' });
  t.not(damaged.exitCode, 0);
  t.match(damaged.output, 'unexpected end of file');
  const other = join(await unpacked('arm64', dir), 'lockstep');
  const started = await run('/bin/sh', ['-c', '"$0" --version', other]);
  t.equal(started.exitCode, 126);
  t.match(started.output, 'Exec format error');
});

t.test('the SBOM of the executables names Node', async (t) => {
  const { components } = JSON.parse(
    readFileSync(join(release, `lockstep-${VERSION}-linux.cdx.json`), 'utf8'),
  );
  t.match(components[0], { type: 'application', name: 'node', version: process.versions.node });
});
