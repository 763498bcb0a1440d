import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Answers the few requests that Pepr sends when it starts: it reads, changes and watches its two PeprStores. Nothing
 * else of an API server is needed.
 */
export async function startPeprApi(): Promise<{ readonly port: number; readonly stop: () => void }> {
  const server = createServer((request, response) => {
    request.resume();
    const url = new URL(request.url ?? '', 'http://api');
    response.setHeader('content-type', 'application/json');
    const named = /\/peprstores\/([^/]+)$/.exec(url.pathname)?.[1];
    if (named !== undefined) {
      response.end(JSON.stringify(store(named)));
      return;
    }
    const name = url.searchParams.get('fieldSelector')?.replace('metadata.name=', '') ?? '';
    if (url.searchParams.has('watch')) {
      // The watch stays open.
      response.write(`${JSON.stringify({ type: 'ADDED', object: store(name) })}\n`);
      return;
    }
    const metadata = { resourceVersion: '1' };
    const list = { apiVersion: 'pepr.dev/v1', kind: 'PeprStoreList', metadata, items: [store(name)] };
    response.end(JSON.stringify(list));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: portOf(server), stop: () => server.closeAllConnections() ?? server.close() };
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

const store = (name: string): object => ({
  apiVersion: 'pepr.dev/v1',
  kind: 'PeprStore',
  metadata: {
    name,
    namespace: 'pepr-system',
    uid: '5c2e3a3e-3f0c-4d7e-9a51-0c3f4d9f1a10',
    resourceVersion: '1',
    labels: { 'pepr.dev-cacheID': '1' },
  },
  data: { __pepr_do_not_delete__: 'k-thx-bye' },
});
