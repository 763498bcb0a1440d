import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { workQueue } from '../../../src/controllers/queue/work-queue.ts';
import { containErrors, endWorkOf } from '../../../src/errors/contained-work.ts';

// A program of its own, because an uncaught error ends a process. A queue works on `bad`, whose socket throws in a
// handler, and on `good`. Later an error comes from `done`, which has ended, and that ends the process.

process.on('uncaughtException', (error) => {
  if (endWorkOf(error)) return;
  process.stdout.write(`ended by ${error.message}\n`);
  process.exit(2);
});

const server = createServer((socket) => socket.end('bytes'));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

const queue = workQueue<string>({
  onStats: () => {},
  now: () => performance.now(),
  random: () => 1,
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }).catch(() => {}),
});
const stop = new AbortController();
let attempts = 0;

async function handle(key: string): Promise<{ readonly kind: 'done' }> {
  if (key === 'done') setTimeout(failLate, 2000);
  if (key !== 'bad') return { kind: 'done' };
  attempts += 1;
  if (attempts < 3) {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('data', () => {
      throw new Error('the parser');
    });
    await new Promise(() => {});
  }
  process.stdout.write(`bad is done at attempt ${attempts}\n`);
  queue.add('done');
  return { kind: 'done' };
}

function failLate(): never {
  throw new Error('a timer of ended work');
}

queue.add('bad');
queue.add('good');
await queue.run(
  {
    handle: (key) => containErrors(() => handle(key)),
    onError: (key, error, failures) =>
      void process.stdout.write(`${key} failed ${failures} times: ${(error as Error).message}\n`),
  },
  stop.signal,
);
