import { once } from 'node:events';
import { createServer } from 'node:https';
import t from 'tap';
import { run } from '../../../src/commands/program.ts';
import { keyText, servingFiles } from '../../helpers/admission/serving.ts';
import { kubeconfigFor } from '../../helpers/api/kubeconfig.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { freePort } from '../../testbed/process/ports.ts';

async function doctor(...args: readonly string[]) {
  const shell = aShell();
  return { exitCode: await run(['doctor', ...args], shell), ...shell.printed };
}

t.test('refuses a Secret together with --cluster', async (t) => {
  t.match(await doctor('shop/app', '--cluster'), {
    exitCode: 2,
    stdout: '',
    stderr: 'lockstep: doctor: give the name of a Secret or --cluster, not both\n',
  });
  t.match(await doctor('Shop/App'), { exitCode: 2, stdout: '', stderr: /Write the name of a Secret/ });
});

t.test('reports an unreachable API server in one sentence with exit code 2', async (t) => {
  const url = `https://127.0.0.1:${await freePort()}`;
  for (const cluster of [['--cluster'], []])
    t.same(await doctor(...cluster, '--kubeconfig', kubeconfigFor(t, url)), {
      exitCode: 2,
      stdout: '',
      stderr: `lockstep: cannot reach the API server ${url} (ECONNREFUSED) while asking for its version\n`,
    });
});

t.test('ends every check against a foreign server, and repeats nothing of its answers', async (t) => {
  const canary = 'canary-3f9d2c7a';
  const files = await servingFiles();
  for (const body of [
    `<html>${canary}</html>`,
    `{"kind":"List","items":["${canary}"],"webhooks":"${canary}"}`,
    'null',
  ]) {
    const server = createServer({ cert: files.cert, key: keyText(files) }, (_request, response) =>
      response.end(body),
    );
    const port = await freePort();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    const kubeconfig = kubeconfigFor(t, `https://127.0.0.1:${port}`);
    const { exitCode, stdout, stderr } = await doctor(
      '--cluster',
      '--format',
      'json',
      '--kubeconfig',
      kubeconfig,
    );
    t.not(exitCode, 0, body);
    t.notMatch(stdout + stderr, canary);
    server.closeAllConnections();
  }
});
