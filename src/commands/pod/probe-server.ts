import { Buffer } from 'node:buffer';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { limitConnections, type SocketLimits } from '../../admission/http/connections.ts';
import { oneRequestServer } from './one-request.ts';
import { type ReadinessCheck, readiness } from './readiness.ts';

/** kubelet and each Prometheus use one socket at a time. */
const SOCKET_LIMITS: SocketLimits = { total: 64, perSender: 16, refusesNewest: true };

export interface ProbeServerOptions {
  /** The checks of /readyz, in this order. */
  readonly checks: readonly ReadinessCheck[];
  /** The reason for a restart. /healthz fails with it. Without a reason it answers as long as the event loop runs. */
  readonly unhealthyReason?: () => string | undefined;
  /** The whole page in the text format of Prometheus. */
  readonly metrics: () => Promise<string>;
  readonly metricsType: string;
}

export interface ProbeServer {
  /** Resolves with the port: the given one, or a free one for 0. */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  close(): Promise<void>;
}

/** The second port: plain HTTP for the kubelet and Prometheus. Anybody in the cluster may reach it. */
export function probeServer(options: ProbeServerOptions): ProbeServer {
  const page = sharedPage(options.metrics);
  const http = createServer((request, response) => handleRequest(options, page, request, response));
  const server = oneRequestServer(http);
  const connections = limitConnections(server, SOCKET_LIMITS);
  return {
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          const address = server.address();
          resolve(typeof address === 'object' && address !== null ? address.port : port);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        connections.destroyAll();
      }),
  };
}

function handleRequest(
  options: ProbeServerOptions,
  page: () => Promise<Buffer>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const path = request.url?.split('?', 1)[0];
  if (request.method !== 'GET' && request.method !== 'HEAD')
    send(response, 405, 'only GET is answered here\n');
  else if (path === '/healthz') answerHealthz(options, response);
  else if (path === '/readyz') answerReadyz(options.checks, response);
  else if (path === '/metrics') answerMetrics(page, options.metricsType, response);
  else send(response, 404, 'there are /metrics, /healthz and /readyz\n');
}

function answerHealthz({ unhealthyReason }: ProbeServerOptions, response: ServerResponse): void {
  const reason = unhealthyReason?.();
  send(response, reason === undefined ? 200 : 503, `${reason ?? 'ok'}\n`);
}

function answerReadyz(checks: readonly ReadinessCheck[], response: ServerResponse): void {
  const { ready, report } = readiness(checks);
  send(response, ready ? 200 : 503, report);
}

function answerMetrics(page: () => Promise<Buffer>, metricsType: string, response: ServerResponse): void {
  page().then(
    (text) => send(response, 200, text, metricsType),
    () => send(response, 500, 'the metrics could not be collected\n'),
  );
}

function send(
  response: ServerResponse,
  code: number,
  body: string | Buffer,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(code, { 'content-type': type, connection: 'close' }).end(body);
}

/** A page takes some milliseconds of CPU time, so this bounds the share that all readers take together. */
const PAUSE_MS = 100;

/**
 * Renders one page at a time, for all requests that wait for it, and then pauses. A page is never older than its
 * request.
 */
function sharedPage(render: () => Promise<string>): () => Promise<Buffer> {
  let next: Promise<Buffer> | undefined;
  let idle: Promise<unknown> = Promise.resolve();
  const pause = (): Promise<void> => sleep(PAUSE_MS, undefined, { ref: false });
  return () => {
    next ??= idle.then(() => {
      next = undefined;
      const page = render().then((text) => Buffer.from(text, 'utf8'));
      idle = page.then(pause, pause);
      return page;
    });
    return next;
  };
}
