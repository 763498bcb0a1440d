import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';

export interface Stranger {
  readonly host: string;
  readonly port: number;
  /** Everybody who came, in order. */
  readonly sockets: readonly Socket[];
  /** All that was said to it, as it came. */
  heard(): Buffer;
}

/** Somebody who listens where a PostgreSQL server is meant to: `meet` does what it does to each who comes. */
export async function aStranger(t: Test, meet: (socket: Socket) => void): Promise<Stranger> {
  const sockets: Socket[] = [];
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => heard.push(chunk));
    meet(socket);
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
    heard: () => Buffer.concat(heard),
  };
}

/** A message of a server: letter, length, body. */
export function message(type: string, ...parts: readonly (string | number | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map(bytesOf));
  return Buffer.concat([Buffer.from(type), int32(4 + body.length), body]);
}

function bytesOf(part: string | number | Buffer): Buffer {
  if (typeof part === 'number') return int32(part);
  return typeof part === 'string' ? Buffer.from(part) : part;
}

/** An ErrorResponse as PgBouncer makes them: severity, SQLSTATE, text. */
export const refusal = (sqlstate: string, text: string): Buffer =>
  message('E', `SFATAL\0VFATAL\0C${sqlstate}\0M${text}\0\0`);

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
