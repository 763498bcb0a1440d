import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';

export interface FakeServer {
  readonly host: string;
  readonly port: number;
  /** Everybody who came, in order. */
  readonly sockets: readonly Socket[];
  /** All that was said to it, as it came. */
  received(): Buffer;
}

/** A listener in the place of a PostgreSQL server. `meet` handles each connection. */
export async function aFakeServer(t: Test, onConnection: (socket: Socket) => void): Promise<FakeServer> {
  const sockets: Socket[] = [];
  const chunks: Buffer[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    sockets,
    received: () => Buffer.concat(chunks),
  };
}

/** A message of a server: letter, length, body. */
export function backendMessage(type: string, ...parts: readonly (string | number | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map(bytesOf));
  return Buffer.concat([Buffer.from(type), int32(4 + body.length), body]);
}

function bytesOf(part: string | number | Buffer): Buffer {
  if (typeof part === 'number') return int32(part);
  return typeof part === 'string' ? Buffer.from(part) : part;
}

/** An ErrorResponse as PgBouncer makes them: severity, SQLSTATE, text. */
export const errorResponse = (sqlstate: string, text: string): Buffer =>
  backendMessage('E', `SFATAL\0VFATAL\0C${sqlstate}\0M${text}\0\0`);

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
