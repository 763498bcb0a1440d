import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { BenchConnection } from './admission/connections.ts';
import type { RequestKind } from './admission/request-kinds.ts';

const root = join(import.meta.dirname, '..');

/** A server in a process of its own, of which it is known what it costs. */
export interface MeasuredServer {
  readonly port: number;
  /** User and system time since the process began, in microseconds. */
  readonly cpu: () => Promise<number>;
  readonly stop: () => void;
}

/** The release of this checkout. */
const RELEASE = join(root, 'dist/lockstep.js');

/** Makes its certificate in `folder` if there is none. */
export async function startLockstep(folder: string, release = RELEASE): Promise<MeasuredServer> {
  const port = await freePort();
  const options = ['--port', `${port}`, '--metrics-port', `${await freePort()}`, '--cert-dir', folder];
  const child = start(release, ['serve', ...options]);
  await untilLine(child, /"message":"serving"/);
  return measuredServer(child, port);
}

/** Uses the certificate in `folder`. */
export async function startBare(folder: string): Promise<MeasuredServer> {
  const port = await freePort();
  const child = start(join(root, 'bench/bare.ts'), [folder, `${port}`]);
  await untilLine(child, /listening/);
  return measuredServer(child, port);
}

/** Both with the Node that runs this. Log lines go through a pipe, as in a container. */
function start(script: string, args: readonly string[]): ChildProcess {
  return fork(script, args, {
    execArgv: ['--import', join(import.meta.dirname, 'meter.ts')],
    env: {},
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

function untilLine(child: ChildProcess, wanted: RegExp): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      if (text === 'found') return;
      text += piece;
      if (!wanted.test(text)) return;
      text = 'found';
      resolve();
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${text}`)));
  });
}

function measuredServer(child: ChildProcess, port: number): MeasuredServer {
  return {
    port,
    cpu: async () => {
      const answer = once(child, 'message') as Promise<[Serializable]>;
      child.send('cpu');
      return Number((await answer)[0]);
    },
    stop: () => child.kill('SIGTERM'),
  };
}

/** User and system time of the whole process for one request, its garbage collector and TLS included. */
export async function microsecondsEach(
  server: MeasuredServer,
  connection: BenchConnection,
  { path, body, requests }: RequestKind,
): Promise<number> {
  const before = await server.cpu();
  await connection.flood(path, body, requests);
  return ((await server.cpu()) - before) / requests;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
