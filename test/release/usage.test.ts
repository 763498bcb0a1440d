import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import t from 'tap';
import { VERSION } from '../../scripts/release/project.ts';
import { aCluster } from '../helpers/cluster/cluster.ts';
import { ROOT } from '../helpers/cluster/lockstep.ts';
import { freePort } from '../testbed/process/ports.ts';
import { until } from '../testbed/process/until.ts';
import { aRelease } from './folder.ts';

/**
 * The life of an installation from the folder of a release and kubectl alone. The program in the tarball runs in place
 * of the pods, which the testbed does not have. So the Service gets an address on which a local process can listen.
 */
const NAMESPACE = 'lockstep-system';
const SECRET = 'reconciliation-secrets';
const release = await aRelease(t);
const dir = t.testdir();
await execa('tar', ['-xzf', join(release, `lockstep-${VERSION}.tar.gz`), '-C', dir]);
const program = join(dir, `lockstep-${VERSION}`, 'dist', 'lockstep.js');

const cluster = await aCluster(t, { controllers: true });
const address = cluster.serviceIP(10);
const port = await freePort(address);
const install = join(dir, 'install.yaml');
writeFileSync(
  install,
  readFileSync(join(release, 'install.yaml'), 'utf8')
    .replace(/( {2}ports:\n {2}- name: https\n {4}port: )443/, `  clusterIP: ${address}\n$1${port}`)
    .replaceAll('port: 443', `port: ${port}`),
);
const kubectl = (...args: string[]) => cluster.kubectl(args);
const demo = (name: string): string => join(ROOT, 'docs', 'demo', `${name}.yaml`);
const keyOf = async (key: string): Promise<string> =>
  (await kubectl('get', 'secret', SECRET, '-o', `jsonpath={.data.${key}}`)).stdout;

async function startPod(command: 'serve' | 'controller', account: string): Promise<void> {
  const metricsPort = await freePort(address);
  const daemon = cluster.start({
    name: command,
    command: process.execPath,
    args: [program, command],
    env: {
      LOCKSTEP_HOST: address,
      LOCKSTEP_METRICS_PORT: String(metricsPort),
      ...(command === 'serve' ? { LOCKSTEP_PORT: String(port) } : {}),
      LOCKSTEP_KUBECONFIG: await cluster.serviceAccountKubeconfig(NAMESPACE, account),
      KUBERNETES_SERVICE_HOST: cluster.serviceIP(1),
    },
  });
  await until(`/readyz of ${command}`, [daemon], () =>
    fetch(`http://${address}:${metricsPort}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
}

async function lockstep(...args: string[]) {
  const { exitCode, all } = await execa(
    process.execPath,
    [program, ...args, '--kubeconfig', cluster.kubeconfig],
    {
      all: true,
      reject: false,
      env: { NODE_OPTIONS: '' },
    },
  );
  return { exitCode, output: all };
}

t.test('install: kubectl apply -f install.yaml', async (t) => {
  const { exitCode, stderr } = await kubectl('apply', '-f', install);
  t.equal(exitCode, 0, stderr);
  await startPod('serve', 'lockstep-webhook');
  await startPod('controller', 'lockstep-controller');
  let probe = await lockstep('probe');
  await until('the API server to reach lockstep', [], async () => {
    probe = await lockstep('probe');
    return probe.exitCode === 0;
  });
  t.match(probe.output, 'the API server reaches lockstep');
});

t.test('a refusal', async (t) => {
  const { exitCode, stderr } = await kubectl('apply', '-f', demo('template'));
  t.equal(exitCode, 1);
  t.match(stderr, 'data[JWT_SECRET]: is a placeholder [lockstep/placeholder]');
});

t.test('a correction', async (t) => {
  await kubectl('apply', '-f', demo('secret'));
  const { exitCode, stderr } = await kubectl('apply', '-f', demo('new-password'));
  t.equal(exitCode, 0);
  t.match(stderr, 'data[DATABASE_URL]: password now follows POSTGRES_PASSWORD [lockstep/mismatch]');
});

t.test('a rotation of a generated key', async (t) => {
  const before = await keyOf('JWT_SECRET');
  await kubectl('annotate', 'secret', SECRET, 'lockstep.dev/generate=true');
  const { exitCode, output } = await lockstep('rotate', `default/${SECRET}`, '--key', 'JWT_SECRET');
  t.equal(exitCode, 0, output);
  t.not(await keyOf('JWT_SECRET'), before, 'the stored value is another one');
});

t.test('uninstall: kubectl delete -f install.yaml', async (t) => {
  const { exitCode, stderr } = await kubectl('delete', '-f', install, '--ignore-not-found', '--timeout=60s');
  t.equal(exitCode, 0, stderr);
  t.equal((await kubectl('apply', '-f', demo('template'))).exitCode, 0, 'nothing refuses a Secret any more');
  t.not(await keyOf('POSTGRES_USER'), '', 'the Secret of the team is still there');
});
