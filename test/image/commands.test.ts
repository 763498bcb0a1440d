import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { programOf } from '../../src/commands/program.ts';
import { aReview, bytesOf } from '../helpers/admission/review.ts';
import { post } from '../helpers/admission/serving.ts';
import { aCluster } from '../helpers/cluster/cluster.ts';
import { fetchText, type Process, ROOT, serve, start } from '../helpers/cluster/lockstep.ts';
import { applyOverlay } from '../testbed/lockstep/install.ts';
import { freePort } from '../testbed/process/ports.ts';
import { until } from '../testbed/process/until.ts';
import { aContainer } from './container.ts';

const NAMESPACE = 'lockstep-system';
const container = await aContainer(t);

t.test('runs as user 65532 on a read-only root', async (t) => {
  const script = `
    const { writeFileSync } = require('node:fs');
    for (const path of ['/x', '/app/x', '/tmp/x', '/app/dist/lockstep.js'])
      try { writeFileSync(path, ''); console.log('wrote ' + path); } catch ({ code }) { console.log(code); }
    console.log(process.getuid(), process.getgid(), require('node:os').userInfo().username);`;
  const run = container.run(['/usr/local/bin/node', '-e', script]);
  t.equal(await run.exited, 0, run.stderr());
  t.same(run.stdout().trim().split('\n'), ['EROFS', 'EROFS', 'ENOENT', 'EROFS', '65532 65532 lockstep']);
});

t.test('every command prints its help', async (t) => {
  const { commands } = programOf({} as Parameters<typeof programOf>[0], () => {});
  t.ok(commands.length > 10);
  for (const name of commands.map((command) => command.name())) {
    const run = container.lockstep([name, '--help']);
    t.equal(await run.exited, 0, `${name}: ${run.stderr()}`);
    t.match(run.stdout(), `Usage: lockstep ${name}`);
  }
});

t.test('the commands for files print the same as on this machine', async (t) => {
  for (const name of ['secret', 'template']) {
    copyFileSync(join(ROOT, 'docs', 'demo', `${name}.yaml`), join(container.shared, `${name}.yaml`));
  }
  for (const args of [
    ['check', 'secret.yaml'],
    ['check', 'template.yaml'],
    ['check', 'template.yaml', '--format', 'sarif'],
    ['render', 'secret.yaml'],
    ['explain', 'placeholder'],
    ['policy', 'test', '--policy', '/app/manifests/policies/jwt-keys.yaml', 'secret.yaml'],
  ]) {
    const there = container.lockstep(args.map((each) => each.replace(/^(?=\w+\.yaml)/, '/mnt/')));
    const here = start(t, {
      file: process.execPath,
      args: [
        join(ROOT, 'dist', 'lockstep.js'),
        ...args.map((each) =>
          each.replace(/^(?=\w+\.yaml)/, `${container.shared}/`).replace(/^\/app\//, `${ROOT}/`),
        ),
      ],
    });
    const normal = async (run: Process) => ({
      code: await run.exited,
      text: `${run.stdout()}${run.stderr()}`
        .replaceAll(container.shared, '/mnt')
        .replaceAll(`${ROOT}/`, '/app/'),
    });
    t.same(await normal(there), await normal(here), args.join(' '));
    t.notMatch(there.stderr(), /Cannot find|ERR_/);
  }
});

t.test('generate, init-db and certs work without a cluster', async (t) => {
  const generated = container.lockstep([
    'generate',
    '--policy',
    '/app/manifests/policies/reconciliation.yaml',
  ]);
  t.equal(await generated.exited, 0, generated.stderr());
  t.match(generated.stdout(), 'DATABASE_URL');

  const made = container.lockstep(['certs', '--cert-dir', '/mnt']);
  t.equal(await made.exited, 0, made.stderr());

  const secret =
    'apiVersion: v1\nkind: Secret\nmetadata: { name: app }\nstringData: { POSTGRES_PASSWORD: Vq7mT2xLr9KcW4nB8sZd }\n';
  writeFileSync(join(container.shared, 'database.yaml'), secret);
  const checked = container.lockstep(['check', '/mnt/database.yaml', '--connect', '--connect-timeout', '1s']);
  t.equal(await checked.exited, 0, checked.stderr());
});

t.test('init-db judges the login of a new database', async (t) => {
  const folder = t.testdir({ POSTGRES_USER: 'app', POSTGRES_PASSWORD: 'Vq7mT2xLr9KcW4nB8sZd\n' });
  for (const name of ['POSTGRES_USER', 'POSTGRES_PASSWORD']) container.share(join(folder, name), name);
  const run = container.lockstep(['init-db', '--data-dir', '/mnt/data', '--secret-dir', '/mnt']);
  t.equal(await run.exited, 1, run.stderr());
  t.match(run.stderr(), 'lockstep/trailing-newline');
});

t.test('serve answers a review, and ends with 0 by SIGTERM', async (t) => {
  const served = await serve(t, [], {}, (args, env) => container.lockstep(args, env));
  const reply = await post({ port: served.port, ca: '' }, '/validate', bytesOf(aReview()), {
    rejectUnauthorized: false,
  });
  t.equal(JSON.parse(reply.text).response.allowed, true);
  t.match((await fetchText(served.metricsPort, '/metrics')).text, /^lockstep_policies_loaded [1-9]/m);
  served.child.kill('SIGTERM');
  t.equal(await served.exited, 0, served.stderr());
});

t.test(
  'on a real API server: webhook, controller, probe, and every command that reads the cluster',
  async (t) => {
    const cluster = await aCluster(t, { controllers: true });
    const address = cluster.serviceIP(10);
    const port = await freePort(address);
    await applyOverlay(cluster, 'manifests', { address, port });
    const kubeconfigOf = async (account: string) =>
      container.share(await cluster.serviceAccountKubeconfig(NAMESPACE, account), account);
    const pod = (env: Record<string, string>) => ({
      LOCKSTEP_HOST: address,
      KUBERNETES_SERVICE_HOST: cluster.serviceIP(1),
      ...env,
    });
    const ready = async (t: Test, name: string, env: Record<string, string>) => {
      const metricsPort = await freePort(address);
      const run = container.lockstep([name], pod({ ...env, LOCKSTEP_METRICS_PORT: String(metricsPort) }));
      t.comment(`${name} started`);
      await until(`/readyz of ${name}`, [], async () => {
        const answer = await fetch(`http://${address}:${metricsPort}/readyz`).catch(() => undefined);
        return answer?.status === 200;
      });
      return run;
    };
    await ready(t, 'serve', {
      LOCKSTEP_PORT: String(port),
      LOCKSTEP_KUBECONFIG: await kubeconfigOf('lockstep-webhook'),
    });
    const controller = await ready(t, 'controller', {
      LOCKSTEP_KUBECONFIG: await kubeconfigOf('lockstep-controller'),
    });

    const admin = container.share(cluster.kubeconfig, 'admin');
    const lockstep = async (...args: readonly string[]) => {
      const run = container.lockstep([...args, '--kubeconfig', admin]);
      return { code: await run.exited, text: run.stdout() + run.stderr() };
    };
    let probed = { code: -1 as number | string, text: '' };
    await until('the API server to reach lockstep', [], async () => {
      probed = await lockstep('probe');
      return probed.code === 0;
    });
    t.match(probed.text, 'the API server reaches lockstep');

    await cluster.mustRun(['apply', '-f', join(ROOT, 'docs', 'demo', 'secret.yaml')]);
    const refused = await cluster.kubectl(['apply', '-f', join(ROOT, 'docs', 'demo', 'template.yaml')]);
    t.match(refused.stderr, 'lockstep/placeholder');
    const secret = 'default/reconciliation-secrets';
    for (const [args, words] of [
      [['audit'], /By namespace/],
      [['history', secret], /reconciliation-secrets/],
      [['heal', secret, '--dry-run'], /reconciliation-secrets/],
      [['doctor', secret], /6 checks/],
      [['rotate', 'default/absent', '--dry-run'], /default\/absent/],
      [['rollback', 'default/absent', '--to', '1'], /default\/absent/],
    ] as const) {
      const { text } = await lockstep(...args);
      t.match(text, words, args[0]);
      t.notMatch(text, /Cannot find|ERR_MODULE/);
    }
    controller.child.kill('SIGTERM');
    t.equal(await controller.exited, 0, controller.stderr());
  },
);
