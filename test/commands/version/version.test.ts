import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { run } from '../../../src/commands/program.ts';
import { anApiServer, answerJson, aStatus } from '../../helpers/api/fake-api-server.ts';
import { ROOT } from '../../helpers/cluster/lockstep.ts';
import { aShell } from '../../helpers/commands/commands.ts';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const CLIENT = { lockstep: version, node: process.versions.node };

async function lockstep(...args: readonly string[]) {
  const shell = aShell();
  return { exitCode: await run(args, shell), ...shell.printed };
}

async function inCluster(t: Test, images: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const { kubeconfig } = await anApiServer(t, (response, { pathname }) => {
    const [name = ''] = pathname.split('/').slice(-1);
    const image = images[name];
    if (pathname === '/version') answerJson(response, { gitVersion: 'v1.37.2' });
    else if (image === undefined) answerJson(response, aStatus(404, 'no'), 404);
    else {
      const container = { name: name.replace('lockstep-', ''), image };
      answerJson(response, {
        spec: { template: { spec: { containers: [{ name: 'sidecar' }, container] } } },
      });
    }
  });
  return await lockstep('version', '--kubeconfig', kubeconfig, ...args);
}

t.test('--version and version --client ask no cluster', async (t) => {
  const line = `lockstep     ${version} (Node ${process.versions.node})\n`;
  for (const args of [['--version'], ['version', '--client']])
    t.same(await lockstep(...args), { exitCode: 0, stdout: line, stderr: '' });
  t.same(parse((await lockstep('version', '--client', '-o', 'yaml')).stdout), { client: CLIENT });
});

t.test('shows what runs in the cluster', async (t) => {
  const images = {
    'lockstep-webhook': 'ghcr.io/x/lockstep:0.1.0',
    'lockstep-controller': 'ghcr.io/x/lockstep:0.0.9',
  };
  t.match(
    (await inCluster(t, images)).stdout,
    /\nKubernetes {3}v1\.37\.2\nwebhook {6}ghcr\.io\/x\/lockstep:0\.1\.0\ncontroller {3}ghcr\.io\/x\/lockstep:0\.0\.9\n$/,
  );
  t.same(JSON.parse((await inCluster(t, images, '-o', 'json')).stdout), {
    client: CLIENT,
    cluster: {
      kubernetes: 'v1.37.2',
      images: { webhook: images['lockstep-webhook'], controller: images['lockstep-controller'] },
    },
  });
  t.match((await inCluster(t, {})).stdout, /\nlockstep is not installed in the cluster\n$/);
});

t.test('a cluster that can not be asked is one sentence, with exit code 2', async (t) => {
  const { exitCode, stderr } = await lockstep('version', '--kubeconfig', join(t.testdir({}), 'none'));
  t.equal(exitCode, 2);
  t.match(stderr, /^lockstep: [^\n]+\n$/);
});

t.test('prints its own version also if the cluster refuses, or if there is none', async (t) => {
  const { kubeconfig } = await anApiServer(t, (response) => answerJson(response, aStatus(403, 'no'), 403));
  for (const place of [kubeconfig, '/nosuch'])
    for (const form of ['text', 'json'] as const) {
      const args = form === 'text' ? [] : ['-o', form];
      const { exitCode, stdout, stderr } = await lockstep('version', '--kubeconfig', place, ...args);
      t.equal(exitCode, 2);
      t.match(stdout, form === 'text' ? `lockstep     ${version} (Node` : '"client"');
      t.match(stderr, /^lockstep: [^\n]+\n$/);
    }
});
