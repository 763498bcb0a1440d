import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Test } from 'tap';
import { keyText, servingFiles } from '../admission/serving.ts';

/** A request of a client to the API server. */
export interface SeenCall {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/**
 * `cut-before`: it never reaches the API server. `cut-after`: it is carried out, and nobody learns of it. The client's
 * socket is cut either way.
 */
export type Fate = 'pass' | 'cut-before' | 'cut-after';

export interface ApiProxy {
  /** Path of a kubeconfig of the same user, by way of this. */
  readonly kubeconfig: string;
  /** Asked before each call is passed on; it waits for as long as this takes. Replaces the one before. */
  onCall(decide: (call: SeenCall) => Fate | Promise<Fate>): void;
  /** Called after each answer. Replaces the listener before. */
  onAnswer(reported: (call: SeenCall, status: number) => void): void;
  /** The API server is away: all is cut, and nothing is let in. */
  leave(): void;
  comeBack(): void;
}

/**
 * Stands between a client and the API server, and sees what is asked. Real TLS on both sides. Stopped with the test.
 */
export async function anApiProxy(t: Test, kubeconfig: string): Promise<ApiProxy> {
  const config = JSON.parse(readFileSync(kubeconfig, 'utf8'));
  const { cluster } = config.clusters[0];
  const upstream: string = cluster.server;
  const agent = new Agent({
    ca: Buffer.from(cluster['certificate-authority-data'], 'base64'),
    keepAlive: true,
  });
  let decide: (call: SeenCall) => Fate | Promise<Fate> = () => 'pass';
  let reported: (call: SeenCall, status: number) => void = () => {};
  let isAway = false;
  const sockets = new Set<Duplex>();

  const files = await servingFiles();
  const server = createServer({ cert: files.cert, key: keyText(files) }, (asked, answer) => {
    pass(asked, answer).catch(() => answer.destroy());
  });
  server.on('connection', (socket: Duplex) => {
    if (isAway) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  server.on('tlsClientError', () => {});

  async function pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const url = new URL(asked.url ?? '/', upstream);
    const body = await buffer(asked);
    const call = {
      method: asked.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      body: body.toString('utf8'),
    };
    const fate = await decide(call);
    if (fate === 'cut-before') {
      asked.socket.destroy();
      return;
    }
    const found = await forward(url, asked, body, agent);
    answer.on('close', () => found.destroy());
    if (fate === 'cut-after') {
      await buffer(found);
      asked.socket.destroy();
      return;
    }
    found.on('error', () => answer.destroy());
    found.on('end', () => reported(call, found.statusCode ?? 0));
    answer.writeHead(found.statusCode ?? 0, found.headers);
    answer.flushHeaders();
    found.pipe(answer);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  t.teardown(() => {
    cut();
    server.close();
    agent.destroy();
  });
  cluster.server = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  cluster['certificate-authority-data'] = Buffer.from(files.ca).toString('base64');
  const path = `${kubeconfig}.proxied-${(server.address() as AddressInfo).port}`;
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return {
    kubeconfig: path,
    onCall: (handler) => {
      decide = handler;
    },
    onAnswer: (handler) => {
      reported = handler;
    },
    leave: () => {
      isAway = true;
      cut();
    },
    comeBack: () => {
      isAway = false;
    },
  };
}

function forward(url: URL, asked: IncomingMessage, body: Buffer, agent: Agent): Promise<IncomingMessage> {
  const { host: _, connection: __, 'transfer-encoding': ___, ...headers } = asked.headers;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent,
        method: asked.method ?? 'GET',
        headers: { ...headers, ...(body.length > 0 ? { 'content-length': body.length } : {}) },
      },
      resolve,
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
