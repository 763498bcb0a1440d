import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { LockstepError } from '../../errors/errors.ts';
import { POLICY_WEBHOOK } from '../policy-review/validate-policy.ts';
import { WEBHOOKS } from '../review/webhook.ts';
import { MAX_BODY_BYTES } from './body.ts';
import { BodyMemory } from './body-memory.ts';
import {
  type ClientAuthentication,
  requireClientName,
  type ServingCertificate,
  secureContext,
} from './client-authentication.ts';
import { type Connections, limitConnections, type SocketLimits } from './connections.ts';
import { answerMalformedRequest, type ErrorHandler, errorHandler } from './error-response.ts';
import { type CallHandler, type CallResources, ReviewCall } from './review-call.ts';
import { policyHandler, type ReviewHandlerOptions, reviewHandler } from './review-handlers.ts';
import { reviewQueue } from './review-queue.ts';

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
  const state = { draining: false };
  const { onError, clock } = options;
  const onFailure = errorHandler({ onError, isDraining: () => state.draining });
  const app = createApp(server, connections, onFailure);
  const resources: CallResources = { memory: new BodyMemory(), queue: reviewQueue(clock), onError, clock };
  for (const name of WEBHOOKS) addWebhook(app, name, reviewHandler(name, options, state), resources);
  addWebhook(app, POLICY_WEBHOOK, policyHandler(options, state), resources);

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

/** fastify reads the body. The review is parsed in its turn, because that may be the most costly part of it. */
function addWebhook(
  app: FastifyInstance<Server>,
  name: string,
  handler: CallHandler,
  resources: CallResources,
): void {
  app.post(`/${name}`, {
    bodyLimit: handler.maxBodyBytes,
    preParsing: (request, reply, _payload, done) => {
      request.call = new ReviewCall(request, reply, handler, resources);
      done(null, request.call.incoming);
    },
    handler: ({ call, body }) => {
      // fastify reads plain text as well.
      if (typeof body === 'string') throw new LockstepError('WRONG_CONTENT_TYPE');
      if (!Buffer.isBuffer(body)) throw new LockstepError('EMPTY_BODY');
      call?.enqueue(body);
    },
  });
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
  server: Server,
  connections: Connections,
  onFailure: ErrorHandler,
): FastifyInstance<Server> {
  const app = fastify({
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
    frameworkErrors: onFailure,
  }) as unknown as FastifyInstance<Server>;
  app.decorateRequest('call');
  app.setErrorHandler(onFailure);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  // Before fastify reads a body: only those of the webhooks are limited together.
  app.addHook('onRequest', (request, _reply, done) => done(request.is404 ? noRoute(request) : undefined));
  app.setNotFoundHandler((request) => {
    throw noRoute(request);
  });
  return app;
}

const PATHS: readonly string[] = [...WEBHOOKS, POLICY_WEBHOOK].map((name) => `/${name}`);

function noRoute(request: FastifyRequest): LockstepError {
  const path = pathOf(request);
  return PATHS.includes(path)
    ? new LockstepError('WRONG_METHOD', [request.method])
    : new LockstepError('NO_SUCH_PATH', [path]);
}

/** The query may hold anything, and the path is enough to find the mistake. */
function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]?.slice(0, 100) ?? '';
}
