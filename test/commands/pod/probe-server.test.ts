import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { probeServer } from '../../../src/commands/pod/probe-server.ts';
import type { ReadinessCheck } from '../../../src/commands/pod/readiness.ts';
import { fetchText } from '../../helpers/cluster/lockstep.ts';
import { freePort } from '../../testbed/process/ports.ts';

type Metrics = () => Promise<string>;

async function probes(
  t: { teardown: (undo: () => unknown) => void },
  checks: readonly ReadinessCheck[],
  metrics: Metrics,
) {
  const server = probeServer({ checks, metrics, metricsType: 'text/plain' });
  const port = await server.listen({ host: '127.0.0.1', port: await freePort() });
  t.teardown(() => server.close());
  return (path: string) => fetchText(port, path);
}

t.test('runs the readiness checks at each request, and names the failed one with its reason', async (t) => {
  let reason: string | undefined = 'it has expired';
  const checks = [
    { name: 'policies', notReadyReason: () => undefined },
    { name: 'certificate', notReadyReason: () => reason },
  ];
  const get = await probes(t, checks, async () => '');
  t.same(await get('/readyz'), {
    status: 503,
    text: '[+]policies ok\n[-]certificate failed: it has expired\nnot ready\n',
  });
  t.equal((await get('/healthz')).status, 200, 'a restart would not mend it');
  reason = undefined;
  t.same(await get('/readyz?verbose'), { status: 200, text: '[+]policies ok\n[+]certificate ok\nready\n' });
});

t.test('fails the health check with a reason if only a restart helps', async (t) => {
  let reason: string | undefined;
  const needs = { checks: [], metrics: async () => '', metricsType: 'text/plain' };
  const server = probeServer({ ...needs, unhealthyReason: () => reason });
  const port = await server.listen({ host: '127.0.0.1', port: await freePort() });
  t.teardown(() => server.close());
  t.same(await fetchText(port, '/healthz'), { status: 200, text: 'ok\n' });
  reason = 'it does not try to lead';
  t.same(await fetchText(port, '/healthz'), { status: 503, text: 'it does not try to lead\n' });
});

t.test("answers 500 without a quote if metrics can't be collected", async (t) => {
  const get = await probes(t, [], () => Promise.reject(new Error('hunter2')));
  const { status, text } = await get('/metrics');
  t.equal(status, 500);
  t.notMatch(text, /hunter2/);
  t.equal((await get('/nowhere')).status, 404);
});

t.test('answers a client that ends its side with its request', async (t) => {
  const server = probeServer({ checks: [], metrics: async () => '', metricsType: 'text/plain' });
  const port = await server.listen({ host: '127.0.0.1', port: await freePort() });
  t.teardown(() => server.close());
  const socket = connect(port, '127.0.0.1');
  socket.end('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
  t.match(await text(socket), /^HTTP\/1\.1 200 OK/);
});
