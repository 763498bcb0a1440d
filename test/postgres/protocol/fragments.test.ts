import { connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';
import t from 'tap';
import { logIn, THE_PASSWORD } from '../../helpers/login/login.ts';
import { aFakeServer, backendMessage } from '../../helpers/postgres/fake-server.ts';
import { fc } from '../../helpers/property.ts';
import { aPostgres } from '../../testbed/postgres/postgres.ts';
import { freePort } from '../../testbed/process/ports.ts';

t.test('reads the messages of a server, however the network cuts them', async (t) => {
  const server = await aPostgres(t, { tls: { names: ['127.0.0.1'] } });
  await server.sql(`CREATE ROLE app LOGIN PASSWORD '${THE_PASSWORD}'`);
  for (const size of [1, 2, 3, 5, 7, 100]) {
    const port = await cuttingInto(t, size, server);
    for (const mode of ['disable', 'verify-full'] as const) {
      const tls = { mode, ca: server.ca };
      t.same(await logIn(server, { port, tls }), { kind: 'ok', standby: false }, `${size} ${mode}`);
      t.same(await logIn(server, { port, tls, password: 'wrong' }), { kind: 'password-refused' });
    }
  }
});

const greeting = [
  backendMessage('R', 0),
  backendMessage('S', 'a\0b\0'),
  backendMessage('K', 1, 2),
  backendMessage('Z', 'I'),
];

/** Pieces of a server's messages, noise, and both with one change. */
const said = fc.array(
  fc.oneof(
    fc.constantFrom(
      ...greeting,
      backendMessage('R', 10, 'SCRAM-SHA-256\0\0'),
      backendMessage('T', 0),
      backendMessage('D', 0),
      backendMessage('C', 'SELECT 1\0'),
    ),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.constantFrom(...greeting), fc.nat(40), fc.nat(255))
      .map(([bytes, at, byte]) =>
        Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at + 1)]),
      ),
  ),
  { maxLength: 12 },
);

t.test('reaches a result for any bytes of an unknown server, and never `ok`', async (t) => {
  let next: readonly Buffer[] = [];
  const stranger = await aFakeServer(t, (socket) => {
    const words = next;
    socket.once('data', () => socket.end(Buffer.concat(words)));
  });
  await fc.assert(
    fc.asyncProperty(said, fc.constantFrom('disable', 'require', 'prefer'), async (words, mode) => {
      next = words;
      const verdict = await logIn(stranger, { tls: { mode: mode as 'disable' } });
      return verdict.kind === 'ok' ? verdict.unproven === true : verdict.kind.length > 0;
    }),
    { numRuns: 1000 },
  );
});

/** A port behind which `server` answers in pieces of `size` bytes. */
async function cuttingInto(
  t: Test,
  size: number,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<number> {
  const sockets: Socket[] = [];
  const proxy = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host, port, noDelay: true });
    sockets.push(client, upstream);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.pipe(upstream);
    let said = Promise.resolve();
    upstream.on('data', (chunk: Buffer) => {
      said = said.then(() => inPieces(client, chunk, size));
    });
    upstream.on('close', () => void said.then(() => client.end()));
  });
  const here = await freePort();
  await new Promise<void>((resolve) => proxy.listen(here, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  return here;
}

/** A turn of the event loop between two pieces. The other end, in the same process, reads them one at a time. */
async function inPieces(socket: Socket, chunk: Buffer, size: number): Promise<void> {
  for (let at = 0; at < chunk.length && !socket.destroyed; at += size) {
    socket.write(chunk.subarray(at, at + size));
    await new Promise((resolve) => setImmediate(resolve));
  }
}
