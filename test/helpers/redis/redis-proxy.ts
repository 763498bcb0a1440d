import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { Test } from 'tap';
import type { Redis } from '../../testbed/redis/redis.ts';

/** A command on its way to the server: `ACL SETUSER`. If it returns a function, that runs in place of the answer. */
export type OnCommand = (name: string) => (() => unknown) | undefined;

export interface RedisProxy {
  readonly host: string;
  readonly port: number;
  /** Asked of each command; the last one given. */
  onCommand(handler: OnCommand): void;
}

/** Between a client without TLS that waits for each answer, and a Redis server. Stopped with the test. */
export async function aRedisProxy(t: Test, target: Pick<Redis, 'host' | 'port'>): Promise<RedisProxy> {
  let handler: OnCommand = () => undefined;
  const host = '127.0.0.1';
  const server = createServer((client) => {
    const upstream = connect({ host: target.host, port: target.port });
    let instead: (() => unknown) | undefined;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      socket.on('error', end);
      socket.on('close', end);
    }
    let asked = '';
    client.on('data', (chunk: Buffer) => {
      asked += chunk.toString('latin1');
      const words = wordsIn(asked);
      if (words === undefined) return;
      instead = handler(words.slice(0, 2).join(' ').toUpperCase());
      upstream.write(asked, 'latin1');
      asked = '';
    });
    upstream.on('data', (chunk: Buffer) => {
      if (instead === undefined) client.write(chunk);
      else instead();
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  t.teardown(() => server.close());
  return {
    host,
    port: (server.address() as AddressInfo).port,
    onCommand: (next) => {
      handler = next;
    },
  };
}

/** The words of one command in RESP. Undefined while it is not complete. */
function wordsIn(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let at = text.indexOf('\r\n') + 2;
  for (let left = Number(text.slice(1, at)); left > 0; left -= 1) {
    const start = text.indexOf('\r\n', at) + 2;
    const end = start + Number(text.slice(at + 1, start));
    if (at < 2 || start < 2 || text.length < end + 2) return undefined;
    words.push(text.slice(start, end));
    at = end + 2;
  }
  return words;
}
