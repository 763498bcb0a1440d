/**
 * `node forwarder.ts HOST PORT FILE`: what endpoints and kube-proxy do for a Service. FILE is a JSON list of where replicas are and may be
 * written anew at any time. A new connection goes to the next replica whose /readyz says yes; while there is none, the port refuses connections,
 * as kube-proxy rejects what has no endpoint. An open connection stays where it is. Each change of who is ready is printed as one line.
 */
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Place } from './lockstep/replica.ts';

/** Between two looks at one replica. Milliseconds. */
const POLL_INTERVAL_MS = 100;
/** Of a look that is not answered. A kubelet gives up after 2 s, and at the second time. Milliseconds. */
const POLL_TIMEOUT_MS = 1000;

const [host = '', port = '', file = ''] = process.argv.slice(2);
const ready = new Map<string, Place>();
const pollsRunning = new Set<string>();
let turn = 0;

const server = createServer({ noDelay: true }, (client) => {
  const places = [...ready.values()];
  const place = places[turn++ % places.length];
  if (place === undefined) client.resetAndDestroy();
  else join(client, connect({ host: place.address, port: place.port, noDelay: true }));
});

for (;;) {
  for (const place of currentPlaces()) void pollReplica(place);
  forget();
  await sleep(POLL_INTERVAL_MS);
}

/** Half a file is what is read while it is written: what was known holds until the next look. */
function currentPlaces(): readonly Place[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return [];
  }
}

/** One look at a time at each replica, so that one that hangs does not hold up the others. */
async function pollReplica(place: Place): Promise<void> {
  const { address } = place;
  if (pollsRunning.has(address)) return;
  pollsRunning.add(address);
  const isReady = await fetchReady(place);
  pollsRunning.delete(address);
  if (isReady === ready.has(address)) return;
  if (isReady) ready.set(address, place);
  else ready.delete(address);
  printReady();
}

function forget(): void {
  const places = currentPlaces();
  if (places.length === 0) return;
  const gone = [...ready.keys()].filter((address) => !places.some((place) => place.address === address));
  for (const address of gone) ready.delete(address);
  if (gone.length > 0) printReady();
}

function printReady(): void {
  if (ready.size > 0 && !server.listening) server.listen({ host, port: Number(port), backlog: 1024 });
  if (ready.size === 0) server.close();
  process.stdout.write(`ready: ${[...ready.keys()].join(' ')}\n`);
}

function fetchReady({ address, metricsPort }: Place): Promise<boolean> {
  return new Promise((resolve) => {
    const url = `http://${address}:${metricsPort}/readyz`;
    get(url, { agent: false, signal: AbortSignal.timeout(POLL_TIMEOUT_MS) }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}

function join(client: Socket, replica: Socket): void {
  for (const [from, to] of [
    [client, replica],
    [replica, client],
  ] as const) {
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => to.destroySoon());
    from.pipe(to);
  }
}
