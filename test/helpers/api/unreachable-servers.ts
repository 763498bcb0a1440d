import { spawn } from 'node:child_process';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer, type Server } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Test } from 'tap';
import { type CertificateAuthority, issueLeaf } from '../../../src/tls/ca.ts';
import { until } from '../../testbed/process/until.ts';
import { keyText } from '../admission/serving.ts';

/** Servers in the place of lockstep. Each is stopped with the test. */
export interface WrongServer {
  readonly t: Test;
  readonly host: string;
  /** As the API server calls it. */
  readonly name: string;
  readonly authority: CertificateAuthority;
  /** Issue time of its certificate, which is valid for a day. By default now. */
  readonly issued?: Date;
}

const PORT = 443;

export const answering =
  (response: object): RequestListener =>
  async (request, reply) => {
    const { uid } = ((await json(request)) as { request: { uid: string } }).request;
    reply.setHeader('content-type', 'application/json');
    reply.end(
      JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid, allowed: true, ...response },
      }),
    );
  };

export const withStatus =
  (code: number): RequestListener =>
  (_request, reply) => {
    reply.statusCode = code;
    reply.end('<html>another program</html>');
  };

export async function overTls(wrong: WrongServer, listener: RequestListener): Promise<void> {
  const files = await issueLeaf(wrong.authority, [wrong.name], { now: wrong.issued ?? new Date(), days: 1 });
  await listen(wrong, createHttpsServer({ cert: files.cert, key: keyText(files) }, listener));
}

export const overPlainHttp = (wrong: WrongServer): Promise<void> =>
  listen(wrong, createHttpServer(withStatus(200)));

/** Takes the connection, and ends it. */
export const closingServer = (wrong: WrongServer): Promise<void> =>
  listen(
    wrong,
    createServer((socket) => socket.destroy()),
  );

/**
 * Behaves like a firewall that drops packets. The kernel answers no SYN if the queue of a listener is full, and this
 * listener takes nothing from it.
 */
export async function droppingServer({ t, host }: WrongServer): Promise<void> {
  const script = `require('node:net').createServer().listen({ port: ${PORT}, host: '${host}', backlog: 1 }, () => {
    process.stdout.write('.');
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 100);
  })`;
  const child = spawn('/usr/bin/env', ['-i', process.execPath, '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const fillers = Array.from({ length: 8 }, () => connect({ host, port: PORT }).on('error', () => {}));
  t.teardown(() => {
    for (const socket of fillers) socket.destroy();
  });
  await until('the queue to be full', [], () => fillers.some(({ connecting }) => !connecting));
}

function listen({ t, host }: WrongServer, server: Server): Promise<void> {
  t.teardown(() => {
    if ('closeAllConnections' in server) (server as { closeAllConnections(): void }).closeAllConnections();
    server.close();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(PORT, host, resolve);
  });
}
