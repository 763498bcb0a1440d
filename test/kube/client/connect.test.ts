import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { connect } from '../../../src/kube/client/connect.ts';
import { readTlsSecret } from '../../../src/kube/webhooks/tls-secret.ts';
import { keyText, servingFiles } from '../../helpers/admission/serving.ts';
import { kubeconfigFor } from '../../helpers/api/kubeconfig.ts';
import { freePort } from '../../testbed/process/ports.ts';

t.test('times out on a server that never answers', async (t) => {
  const server = createServer((socket) => t.teardown(() => socket.destroy()));
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const url = `https://127.0.0.1:${port}`;
  const cluster = connect({ kubeconfig: kubeconfigFor(t, url), timeout: 100 });
  await t.rejects(readTlsSecret(cluster, 'a', 'b'), {
    message: `the API server ${url} did not answer in time while reading Secret a/b; try again`,
    exitCode: 2,
  });
  const patient = connect({ kubeconfig: kubeconfigFor(t, url), timeout: 3_600_000 });
  await t.rejects(patient.call({ path: '/', timeout: 100 }), { name: 'TimeoutError' });
});

t.test('names an unreachable server with the reason', async (t) => {
  const url = `https://127.0.0.1:${await freePort()}`;
  const cluster = connect({ kubeconfig: kubeconfigFor(t, url) });
  await t.rejects(readTlsSecret(cluster, 'a', 'b'), {
    message: `cannot reach the API server ${url} (ECONNREFUSED) while reading Secret a/b`,
    exitCode: 2,
  });
});

for (const code of [200, 503]) {
  t.test(`keeps at most the size of an object of an endless answer with ${code}`, async (t) => {
    const files = await servingFiles();
    let sent = 0;
    const server = createHttpsServer({ cert: files.cert, key: keyText(files) }, (_request, response) => {
      response.statusCode = code;
      const endless = function* (): Generator<Buffer> {
        for (;;) {
          sent += 1024 * 1024;
          yield Buffer.alloc(1024 * 1024, 0x20);
        }
      };
      // An error after the other side has closed does not matter here.
      pipeline(Readable.from(endless()), response, () => {});
    });
    const port = await freePort();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `https://127.0.0.1:${port}`;
    const cluster = connect({ kubeconfig: kubeconfigFor(t, url) });
    await t.rejects(readTlsSecret(cluster, 'a', 'b'), {
      message: `cannot reach the API server ${url} (its answer is larger than 16 MiB) while reading Secret a/b`,
    });
    t.ok(sent < 64 * 1024 * 1024, 'the connection was closed');
  });
}

t.test('describes an invalid kubeconfig in one sentence, without a quote of the file', async (t) => {
  const broken = join(t.testdir({ broken: 'users:\n  - token: canary\n bad: [' }), 'broken');
  for (const file of [broken, join(t.testdirName, 'absent')]) {
    t.throws(() => connect({ kubeconfig: file }), { code: 'LOCKSTEP_KUBECONFIG_UNREADABLE' });
    try {
      connect({ kubeconfig: file });
    } catch (error) {
      t.notMatch(String(error), /canary|\n/);
    }
  }
});

t.test('refuses a kubeconfig without a current context, or with plain HTTP, before any call', async (t) => {
  const none = kubeconfigFor(t, 'https://127.0.0.1:1', { 'current-context': '' });
  t.throws(() => connect({ kubeconfig: none }), { code: 'LOCKSTEP_KUBECONFIG_CLUSTER' });
  const server = 'http://127.0.0.1:1';
  const plain = kubeconfigFor(t, server, { clusters: [{ name: 'here', cluster: { server } }] });
  t.throws(() => connect({ kubeconfig: plain }), { code: 'LOCKSTEP_KUBECONFIG_CLUSTER' });
});

t.test('sends the body of every method in full, separate from the next call', async (t) => {
  const files = await servingFiles();
  const server = createHttpsServer({ cert: files.cert, key: keyText(files) }, async (request, response) => {
    response.end(JSON.stringify({ method: request.method, body: await text(request) }));
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { call } = connect({ kubeconfig: kubeconfigFor(t, `https://127.0.0.1:${port}`) });
  for (const method of ['DELETE', 'POST', 'DELETE', 'PATCH', 'PUT'] as const) {
    const { object } = await call({ method, path: '/', body: { preconditions: 'é' } });
    t.same(object, { method, body: '{"preconditions":"é"}' });
  }
  t.same((await call({ path: '/' })).object, { method: 'GET', body: '' });
});

t.test('reads again if the server closes an idle socket, and writes only once', async (t) => {
  const files = await servingFiles();
  const known = new WeakSet<object>();
  const received: (string | undefined)[] = [];
  const server = createHttpsServer(
    { cert: files.cert, key: keyText(files) },
    ({ method, socket }, response) => {
      received.push(method);
      if (known.has(socket)) socket.destroy();
      else response.end('{}');
      known.add(socket);
    },
  );
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { call } = connect({ kubeconfig: kubeconfigFor(t, `https://127.0.0.1:${port}`) });
  await call({ path: '/' });
  t.match(await call({ path: '/' }), { object: {} });
  t.same(received, ['GET', 'GET', 'GET']);
  await t.rejects(call({ path: '/', method: 'PATCH', body: {} }), { code: 'ECONNRESET' });
  t.same(received, ['GET', 'GET', 'GET', 'PATCH']);
  server.closeAllConnections();
});
