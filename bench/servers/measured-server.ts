import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { BenchConnection } from '../admission/connections.ts';
import { environmentOfImage } from '../process/image-environment.ts';

const bench = join(import.meta.dirname, '..');
/** The release of this checkout. */
const RELEASE = join(bench, '..', 'dist', 'lockstep.js');

/**
 * Loaded before a server: tells the parent the cost of the process so far. It is JavaScript, because Node's reader of
 * TypeScript takes 15 MB. The server ends with its parent.
 */
const METER = `data:text/javascript,${encodeURIComponent(
  `process.on('message', () => {
     const { user, system } = process.cpuUsage();
     process.send(user + system);
   });
   process.on('disconnect', () => process.exit());
   process.channel.unref();`,
)}`;

/** A server in a process of its own, whose cost is known. */
export interface MeasuredServer {
  readonly port: number;
  readonly pid: number;
  /** User and system time since the process began, in microseconds. */
  readonly cpu: () => Promise<number>;
  readonly stop: () => void;
}

interface LockstepOptions {
  readonly release?: string;
  readonly args?: readonly string[];
}

/** With log and metrics, and the variables of the image. Makes its certificate in `folder` if there is none. */
export async function startLockstep(
  folder: string,
  { release = RELEASE, args = [] }: LockstepOptions = {},
): Promise<MeasuredServer> {
  const port = await freePort();
  const options = ['--port', `${port}`, '--metrics-port', `${await freePort()}`, '--cert-dir', folder];
  const env = environmentOfImage();
  return await startServer(
    { script: release, args: ['serve', ...options, ...args], port, env },
    /"message":"serving"/,
  );
}

/** Uses the certificate in `folder`. */
export const startNoop = (folder: string): Promise<MeasuredServer> => startBare('noop.mjs', folder);
export const startParsing = (folder: string): Promise<MeasuredServer> => startBare('parsing.mjs', folder);

async function startBare(script: string, folder: string): Promise<MeasuredServer> {
  const port = await freePort();
  const path = join(import.meta.dirname, script);
  return await startServer({ script: path, args: [folder, `${port}`], port, env: {} }, /listening/);
}

interface Program {
  readonly script: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs the script with the Node that runs this. Log lines go through a pipe, as in a container. */
export async function startServer(
  { script, args, port, env }: Program,
  ready: RegExp,
): Promise<MeasuredServer> {
  const child = fork(script, args, {
    execArgv: ['--import', METER],
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  await untilLine(child, ready);
  return {
    port,
    pid: child.pid!,
    cpu: async () => {
      const answer = once(child, 'message') as Promise<[Serializable]>;
      child.send('cpu');
      return Number((await answer)[0]);
    },
    stop: () => child.kill('SIGTERM'),
  };
}

function untilLine(child: ChildProcess, wanted: RegExp): Promise<void> {
  let text = '';
  let isFound = false;
  return new Promise((resolve, reject) => {
    const read = (piece: string): void => {
      if (isFound) return;
      text += piece;
      isFound = wanted.test(text);
      if (!isFound) return;
      text = '';
      resolve();
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', read);
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${text}`)));
  });
}

/** User and system time of the whole process for one request, its garbage collector and TLS included. */
export async function microsecondsEach(
  server: MeasuredServer,
  connection: BenchConnection,
  {
    path,
    bodies,
    requests,
  }: { readonly path: string; readonly bodies: readonly Buffer[]; readonly requests: number },
): Promise<number> {
  const before = await server.cpu();
  await connection.flood(path, bodies, requests);
  return ((await server.cpu()) - before) / requests;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
