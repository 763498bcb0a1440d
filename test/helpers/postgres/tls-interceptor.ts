import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { Test } from 'tap';
import type { KeyPair } from '../../testbed/cluster/pki.ts';

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

export interface Interceptor {
  readonly host: string;
  readonly port: number;
}

/**
 * A proxy between a client and a PostgreSQL server, with TLS to both and a certificate of its own. `change` gets the
 * bytes of the server. `inClear` means no TLS to the server.
 */
export async function anInterceptor(
  t: Test,
  target: { readonly host: string; readonly port: number },
  certificate: KeyPair,
  { change = (bytes: Buffer) => bytes, inClear = false } = {},
): Promise<Interceptor> {
  const sockets = new Set<Duplex>();
  const keep = <Some extends Duplex>(socket: Some): Some => {
    socket.on('error', () => socket.destroy());
    sockets.add(socket);
    return socket;
  };
  async function meet(client: Socket): Promise<void> {
    await once(client, 'data');
    client.write('S');
    const near = keep(new TLSSocket(client, { isServer: true, ...certificate }));
    const plain = keep(connect(target));
    await once(plain, 'connect');
    const far = inClear ? plain : await encrypted(plain);
    near.on('data', (bytes: Buffer) => far.write(bytes));
    far.on('data', (bytes: Buffer) => near.write(change(bytes)));
    far.on('close', () => near.destroy());
    near.on('close', () => far.destroy());
  }
  async function encrypted(plain: Socket): Promise<Duplex> {
    plain.write(SSL_REQUEST);
    await once(plain, 'data');
    const far = keep(connectTls({ socket: plain, rejectUnauthorized: false }));
    await once(far, 'secureConnect');
    return far;
  }
  const server = createServer((client) => void meet(keep(client)).catch(() => client.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}
