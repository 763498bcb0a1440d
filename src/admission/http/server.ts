import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { LockstepError } from '../../errors.ts';
import { POLICY_WEBHOOK } from '../policy-review/validate-policy.ts';
import { WEBHOOKS } from '../review/webhook.ts';
import { MAX_BODY_BYTES } from './body.ts';
import { bodyDeadlines } from './body-deadlines.ts';
import { bodyMemory } from './body-memory.ts';
import {
  type ClientAuthentication,
  requireClientName,
  type ServingCertificate,
  secureContext,
} from './client-authentication.ts';
import { type Connections, limitConnections, type SocketLimits } from './connections.ts';
import { answerBudgetMs } from './deadline.ts';
import { answerBadPath, answerMalformedRequest, errorAnswer } from './error-response.ts';
import { HeldAnswers } from './held-answers.ts';
import { type CallHandler, type CallResources, ReviewCall } from './review-call.ts';
import { policyHandler, type ReviewHandlerOptions, reviewHandler } from './review-handlers.ts';
import { reviewQueue } from './review-queue.ts';
import { sendJson } from './send-json.ts';

/**
 * Go's client keeps an idle socket for 90 s. A POST on a socket that the server closes at that moment fails, and is not
 * repeated. So each limit that can end an idle socket is above that, even if nothing was sent on the socket yet.
 */
const IDLE_TIMEOUT_MS = 100_000;
/** For a client that opens a socket and does not speak TLS on it. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** The API server sends some hundred bytes. */
const MAX_HEADER_BYTES = 8 * 1024;

/**
 * An API server opens one socket for each call in progress, and keeps 25 of them idle. By default it has at most 200
 * changes in progress. It sends the next request of a socket after the answer. Each socket takes 40 KiB.
 */
const SOCKET_LIMITS: SocketLimits = { total: 2048, perSender: 1024, unanswered: 16 };

export interface AdmissionServerOptions extends ReviewHandlerOptions {
  readonly certificate: ServingCertificate;
  readonly clients?: ClientAuthentication | undefined;
}

export interface AdmissionServer {
  /** Resolves with the port. For port 0 the system chooses one. */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  /** New handshakes get the certificate. Open sockets stay open. */
  setCertificate(certificate: ServingCertificate): void;
  /** From now on each answer closes its socket, so that the caller opens the next one to another pod. */
  drain(): void;
  /** Answers each request that has arrived. After `grace` milliseconds it destroys the sockets that are still open. */
  close(grace: number): Promise<void>;
}

export function admissionServer(options: AdmissionServerOptions): AdmissionServer {
  const server = createTlsServer(options);
  const connections = limitConnections(server, {
    ...SOCKET_LIMITS,
    authenticates: options.clients !== undefined,
  });
  requireClientName(server, options.clients);
  const app = createApp(options, server, connections);
  const state = { draining: false };
  const answers = new HeldAnswers();
  const resources: CallResources = {
    memory: bodyMemory(),
    deadlines: bodyDeadlines(),
    queue: reviewQueue(options.clock, undefined, answers),
    answers,
    clock: options.clock,
  };

  // A review reads its body and writes its answer without fastify. fastify still refuses other content types.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (_request, _stream, done) => done(null));
  for (const name of WEBHOOKS) app.post(`/${name}`, receive(reviewHandler(name, options, state), resources));
  app.post(`/${POLICY_WEBHOOK}`, receive(policyHandler(options, state), resources));
  for (const name of [...WEBHOOKS, POLICY_WEBHOOK]) {
    app.route({ method: ['GET', 'PUT', 'PATCH', 'DELETE'], url: `/${name}`, handler: wrongMethod });
  }
  app.setNotFoundHandler((request) => {
    throw new LockstepError('NO_SUCH_PATH', [pathOf(request)]);
  });
  app.setErrorHandler((error, _request, reply) => {
    const { status, json, isOverloaded, reported } = errorAnswer(error);
    reply.hijack();
    sendJson(reply.raw, { status, json, closes: state.draining || isOverloaded });
    options.onError(reported, status);
  });

  return {
    listen: async ({ host, port }) => {
      await app.listen({ host, port, backlog: 1024 });
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    setCertificate: (certificate) => server.setSecureContext(secureContext(certificate, options.clients)),
    drain: () => {
      state.draining = true;
    },
    close: async (grace) => {
      state.draining = true;
      const destroyTimer = setTimeout(connections.destroyAll, grace);
      await app.close();
      clearTimeout(destroyTimer);
    },
  };
}

/** The handler of a webhook's path. */
function receive(handler: CallHandler, resources: CallResources) {
  return (request: FastifyRequest, reply: FastifyReply): void => {
    reply.hijack();
    const budgetMs = answerBudgetMs((request.query as { timeout?: unknown }).timeout);
    new ReviewCall(request.raw, reply.raw, budgetMs, resources, handler);
  };
}

/** The API server calls a webhook behind a Service with HTTP/1.1 only. */
function createTlsServer(options: AdmissionServerOptions): Server {
  const server = createServer({
    ...secureContext(options.certificate, options.clients),
    // A client without a certificate, or with one of another CA, can't send a request.
    requestCert: options.clients !== undefined,
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    headersTimeout: IDLE_TIMEOUT_MS,
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    requestTimeout: IDLE_TIMEOUT_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  server.setTimeout(IDLE_TIMEOUT_MS);
  return server;
}

function createApp(
  options: AdmissionServerOptions,
  server: Server,
  connections: Connections,
): FastifyInstance<Server> {
  return fastify({
    serverFactory: (handle) =>
      server.on('request', (request: IncomingMessage, response: ServerResponse) => {
        if (connections.onRequest(request, response)) handle(request, response);
      }),
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    clientErrorHandler: answerMalformedRequest,
    // fastify calls this for a path that it can't decode, before it chooses a handler.
    frameworkErrors: (_error, _request, reply) => answerBadPath(reply.raw, options.onError),
  }) as unknown as FastifyInstance<Server>;
}

function wrongMethod(request: FastifyRequest): never {
  throw new LockstepError('WRONG_METHOD', [request.method]);
}

/** The query may hold anything, and the path is enough to find the mistake. */
function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]?.slice(0, 100) ?? '';
}
