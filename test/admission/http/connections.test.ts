import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import { limitConnections, type SocketLimits } from '../../../src/admission/http/connections.ts';
import { keyText, servingFiles } from '../../helpers/admission/serving.ts';
import { freePort } from '../../testbed/process/ports.ts';

/** A real HTTPS server with this limit of sockets, which answers every request. */
async function aServer(t: Test, most: number, more: Partial<SocketLimits> = {}) {
  const files = await servingFiles();
  const server = createServer({ cert: files.cert, key: keyText(files) });
  const connections = limitConnections(server, { total: most, perSender: most, ...more });
  server.on('request', (request, response) => {
    if (connections.onRequest(request, response) && request.url !== '/waits') response.end('answered');
  });
  const port = await freePort();
  server.listen(port, '0.0.0.0');
  await once(server, 'listening');
  t.teardown(() => {
    connections.destroyAll();
    server.close();
  });
  return { server, port, ca: files.ca };
}

type To = Awaited<ReturnType<typeof aServer>>;

async function silent(
  { server, port }: { server: Server; port: number },
  from = '127.0.0.1',
): Promise<Socket> {
  const accepted = once(server, 'connection');
  const socket = connect({ host: '127.0.0.1', port, localAddress: from });
  socket.on('error', () => {});
  await Promise.all([once(socket, 'connect'), accepted]);
  return socket.resume();
}

async function asking(to: To, path = '/', from = '127.0.0.1'): Promise<Socket> {
  const socket = connectTls({ socket: await silent(to, from), ca: to.ca, servername: 'localhost' });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  const asked = once(to.server, 'request');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  if (path === '/waits') await asked;
  else await once(socket, 'data');
  // The server notices the end of the answer a moment later.
  await sleep(20);
  return socket.resume();
}

/** The open ones, after all pending events. */
async function open(sockets: readonly Socket[]): Promise<readonly boolean[]> {
  await sleep(100);
  return sockets.map((socket) => !socket.closed && !socket.destroyed);
}

t.test('keeps all sockets up to the limit', async (t) => {
  const to = await aServer(t, 3);
  t.same(await open([await silent(to), await silent(to), await asking(to)]), [true, true, true]);
});

t.test('evicts the oldest silent socket before any that sent a request', async (t) => {
  const to = await aServer(t, 3);
  const sockets = [await asking(to), await silent(to), await silent(to), await asking(to)];
  t.same(await open(sockets), [true, false, true, true]);
});

t.test('evicts the socket that is idle longest, and none that is busy', async (t) => {
  const to = await aServer(t, 3);
  const sockets = [await asking(to, '/waits'), await asking(to), await asking(to), await silent(to)];
  t.same(await open(sockets), [true, false, true, true]);
});

t.test('evicts a socket of the address with the most sockets first', async (t) => {
  const to = await aServer(t, 4);
  const few = await silent(to, '127.0.0.2');
  const many = [await asking(to), await asking(to), await asking(to)];
  const next = await silent(to, '127.0.0.3');
  t.same(await open([few, ...many, next]), [true, false, true, true, true]);
});

t.test('keeps sockets of API servers with client certificates, and evicts a silent one', async (t) => {
  const to = await aServer(t, 3, { authenticates: true });
  const known = [await asking(to), await asking(to)];
  const stranger = await silent(to, '127.0.0.2');
  const third = await asking(to);
  const late = await silent(to, '127.0.0.2');
  t.same(await open([...known, stranger, third, late]), [true, true, false, true, false]);
});

t.test('keeps as many sockets as the limit allows after a burst', async (t) => {
  const to = await aServer(t, 5);
  const crowd = await Promise.all(
    Array.from({ length: 40 }, () => {
      const socket = connect({ host: '127.0.0.1', port: to.port });
      socket.on('error', () => {});
      return once(socket, 'connect').then(() => socket.resume());
    }),
  );
  let left = crowd.length;
  while (left > 5) left = (await open(crowd)).filter(Boolean).length;
  t.equal(left, 5);
});

t.test('evicts a socket of a sender above its own limit, while there is room for others', async (t) => {
  const to = await aServer(t, 10, { perSender: 2 });
  const other = await silent(to, '127.0.0.2');
  const many = [await asking(to), await asking(to), await silent(to), await silent(to)];
  t.same(await open([other, ...many]), [true, false, true, false, true]);
});

t.test('closes the newest socket of a sender above its limit, if it is told so', async (t) => {
  const to = await aServer(t, 10, { perSender: 2, refusesNewest: true });
  const sockets = [await silent(to), await silent(to), await silent(to), await silent(to, '127.0.0.2')];
  t.same(await open(sockets), [true, true, false, true]);
});

t.test('ends all sockets of a sender that sends requests without waiting for answers', async (t) => {
  const to = await aServer(t, 10, { unanswered: 3 });
  const other = await asking(to, '/waits', '127.0.0.2');
  const sockets = [await silent(to), await asking(to), await asking(to, '/waits'), await asking(to)];
  const last = sockets.at(-1);
  last?.write('GET /waits HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3));
  t.same(await open([other, ...sockets]), [true, true, true, true, true]);
  last?.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  t.same(await open([other, ...sockets]), [true, false, false, false, false]);
  t.same(await open([await asking(to)]), [true], 'its next socket is served');
});
