import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import t from 'tap';
import { aCanary, canarySearcher, digestSearcher } from '../helpers/canary/canary.ts';
import { aRedis } from '../testbed/redis/redis.ts';

const PROGRAM = join(import.meta.dirname, '..', 'helpers', 'redis', 'debugged-client.ts');

t.test('nothing that DEBUG or an error of the client prints has a value', async (t) => {
  const values = [aCanary(), aCanary(), aCanary()];
  const [admin = '', before = ''] = values;
  const server = await aRedis(t, {
    acl: [`user admin on >${admin} ~* &* +@all`, `user app on >${before} ~* +ping`],
  });
  const echo = createServer((socket) => {
    socket.on('data', (bytes) =>
      socket.write(`-ERR ${bytes.toString('latin1').replaceAll('\r\n', ' ')}\r\n`),
    );
    socket.on('error', () => {});
  });
  await once(echo.listen(0, server.host), 'listening');
  t.teardown(() => echo.close());
  const ports = [server.port, (echo.address() as AddressInfo).port].map(String);
  const { all } = await execa(process.execPath, [PROGRAM, server.host, ...ports, ...values], {
    env: { DEBUG: '*', NODE_DEBUG: 'net,tls,stream' },
    all: true,
  });
  t.match(all, /ioredis:redis write command.*AUTH/i, 'it prints commands');
  t.match(all, /ACL.*SETUSER/i);
  t.match(all, /REDIS_REFUSED/);
  // Node prints the bytes of a buffer with a space between two.
  const unspaced = all.replaceAll(/(?<=\b[0-9a-f]{2}) (?=[0-9a-f]{2}\b)/g, '');
  for (const text of [all, unspaced]) {
    t.same(canarySearcher(values)(text), []);
    t.same(digestSearcher(values, [])(text), []);
  }
});
