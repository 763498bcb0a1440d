import { Buffer } from 'node:buffer';
import type { Server } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { LockstepError } from '../../errors.ts';
import {
  answerPolicyReview,
  POLICY_WEBHOOK,
  type PolicyReviewResult,
  type PolicyValidator,
} from '../policy-review/validate-policy.ts';
import { hasTooManyParts } from '../review/json-structure.ts';
import { type Review, readReview } from '../review/review.ts';
import { answerUnread, readReviewHead, type UnreadReview } from '../review/unread-review.ts';
import { answerFor, type Engine, type ReviewResult, WEBHOOKS, type WebhookName } from '../review/webhook.ts';
import { type BodyChunks, collectBody, concatChunks, MAX_BODY_BYTES, UnreadBody } from './body.ts';
import { bodyMemory, SMALL_BODY_BYTES } from './body-memory.ts';
import { type Connections, limitConnections } from './connections.ts';
import { answerBudgetMs } from './deadline.ts';
import { answerMalformedRequest } from './malformed-request.ts';
import { queueReview, type ReceivedBody } from './queued-review.ts';
import { type ReviewQueue, reviewQueue } from './review-queue.ts';
import { statusBody } from './status-body.ts';

/**
 * Go's client keeps an idle socket for 90 s. A POST on a socket that the server closes at that moment fails, and is not
 * repeated. So each limit that can end an idle socket is above that, even if nothing was sent on the socket yet.
 */
const IDLE_TIMEOUT_MS = 100_000;
/** For a client that opens a socket and does not speak TLS on it. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** The clients that the server accepts. Without it, the server accepts each client that reaches the port. */
export interface ClientAuthentication {
  /** The CA that signs the client certificate, as PEM. */
  readonly ca: string;
  /** The permitted common names of the client certificate. If the set is empty, any name is permitted. */
  readonly names: ReadonlySet<string>;
}

/** PEM. `cert` may hold intermediates after the leaf. */
export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface AdmissionServerOptions {
  readonly engine: Engine;
  /**
   * Resolves when the engine knows the labels that policies match for this namespace. Undefined if there is no need to
   * wait. It is bounded, and never rejects.
   */
  readonly awaitNamespace?: (namespace: string) => Promise<void> | undefined;
  readonly policies: PolicyValidator;
  readonly certificate: ServingCertificate;
  readonly clients?: ClientAuthentication | undefined;
  /**
   * Whether to refuse a review that is not read, because it is too large or the server is busy. Otherwise it is allowed
   * with a warning.
   */
  readonly deniesUnread: (review: UnreadReview) => boolean;
  /** Called after each answered review. */
  readonly onReview: (outcome: ReviewResult | PolicyReviewResult) => void;
  /** Called after each review that was answered without reading it. */
  readonly onUnread: (review: UnreadReview, error: LockstepError, verdict: 'denied' | 'warned') => void;
  /**
   * Called after each request that was answered with an error. `error` is a LockstepError, or the error that our own
   * code threw.
   */
  readonly onError: (error: unknown, status: number) => void;
  /** Milliseconds from any start. */
  readonly clock: () => number;
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
  const app = createApp(options);
  const connections = limitConnections(app.server, options.clients !== undefined);
  requireClientName(app.server, options.clients);
  const state = { draining: false, room: bodyMemory(), connections, queue: reviewQueue(options.clock) };

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { bodyLimit: MAX_BODY_BYTES }, (request, stream, done) => {
    const budget = answerBudgetMs((request.query as { timeout?: unknown }).timeout);
    const until = options.clock() + budget;
    collectBody(stream, budget, state.room, (collected) => done(null, { ...collected, until }));
  });
  app.addHook('onRequest', (request, reply, done) => {
    connections.onRequest(request.raw, reply.raw);
    done();
  });
  for (const name of WEBHOOKS) app.post(`/${name}`, reviewHandler(name, options, state));
  app.post(`/${POLICY_WEBHOOK}`, policyHandler(options, state));
  for (const name of [...WEBHOOKS, POLICY_WEBHOOK]) {
    app.route({ method: ['GET', 'PUT', 'PATCH', 'DELETE'], url: `/${name}`, handler: wrongMethod });
  }
  app.setNotFoundHandler((request) => {
    throw new LockstepError('NO_SUCH_PATH', [pathOf(request)]);
  });
  app.setErrorHandler((error, _request, reply) => answerError(error, reply, options, state));

  return {
    listen: async ({ host, port }) => {
      await app.listen({ host, port, backlog: 1024 });
      const address = app.server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    setCertificate: (certificate) => app.server.setSecureContext(secureContext(certificate, options.clients)),
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

/** The API server calls a webhook behind a Service with HTTP/1.1 only. */
function createApp(options: AdmissionServerOptions): FastifyInstance<Server> {
  return fastify({
    https: {
      ...secureContext(options.certificate, options.clients),
      // A client without a certificate, or with one of another CA, can't send a request.
      requestCert: options.clients !== undefined,
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      headersTimeout: IDLE_TIMEOUT_MS,
    },
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    connectionTimeout: IDLE_TIMEOUT_MS,
    requestTimeout: IDLE_TIMEOUT_MS,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    clientErrorHandler: answerMalformedRequest,
    // fastify calls this for a path that it can't decode, before it chooses a handler.
    frameworkErrors: (_error, _request, reply) => {
      const error = new LockstepError('BAD_PATH');
      reply.raw.writeHead(400, { 'content-type': 'application/json' });
      reply.raw.end(statusBody(400, error.message));
      options.onError(error, 400);
    },
  }) as unknown as FastifyInstance<Server>;
}

function secureContext(
  { cert, key }: ServingCertificate,
  clients: ClientAuthentication | undefined,
): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', ...(clients && { ca: clients.ca }) };
}

/** TLS has already verified the CA of the certificate. This checks the name. */
function requireClientName(server: Server, clients: ClientAuthentication | undefined): void {
  if (clients === undefined || clients.names.size === 0) return;
  server.on('secureConnection', (socket) => {
    const { CN } = socket.getPeerCertificate().subject ?? {};
    const names = Array.isArray(CN) ? CN : [CN];
    if (!names.some((name) => name !== undefined && clients.names.has(name))) socket.destroy();
  });
}

interface ServerState {
  readonly draining: boolean;
  readonly connections: Connections;
  readonly queue: ReviewQueue;
}

function reviewHandler(name: WebhookName, options: AdmissionServerOptions, state: ServerState) {
  const answerTo = answerFor(name, options.engine);
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply | Promise<FastifyReply> => {
    const startedAt = options.clock();
    const received = receivedBody(request, reply);
    const refuse = (unreadBody: UnreadBody): FastifyReply =>
      answerUnreadBody(unreadBody, reply, options, state);
    const { body: chunks } = received;
    if (chunks instanceof UnreadBody) return refuse(chunks);
    const respond = (review: Review): FastifyReply => {
      const { answer, json } = answerTo(review);
      send(json, reply, state);
      options.onReview({ webhook: name, review, answer, milliseconds: options.clock() - startedAt });
      return reply;
    };
    const evaluate = (): FastifyReply | Promise<FastifyReply> => {
      const body = completeBody(chunks);
      if (body instanceof UnreadBody) return refuse(body);
      const review = readReview(body);
      const namespaceReady = review.request && options.awaitNamespace?.(review.namespace);
      if (namespaceReady === undefined) return respond(review);
      // The values of a large review are slices of its body, and the next body overwrites that memory.
      const bodyCopy = Buffer.from(body);
      return namespaceReady.then(() => respond(readReview(bodyCopy)));
    };
    return queueReview({ ...received, chunks }, reply, state.queue, { evaluate, answerUnread: refuse });
  };
}

function policyHandler(options: AdmissionServerOptions, state: ServerState) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const startedAt = options.clock();
    const { body: chunks, keep } = receivedBody(request, reply);
    keep(() => request.raw.socket.destroy());
    const body = chunks instanceof UnreadBody ? chunks : completeBody(chunks);
    if (body instanceof UnreadBody) return answerUnreadBody(body, reply, options, state);
    const { review, answer, json } = answerPolicyReview(body, options.policies);
    send(json, reply, state);
    options.onReview({ webhook: POLICY_WEBHOOK, review, answer, milliseconds: options.clock() - startedAt });
    return reply;
  };
}

/** The beginning of the body holds the uid to answer. A body without it does not come from an API server. */
function answerUnreadBody(
  { head, error }: UnreadBody,
  reply: FastifyReply,
  options: AdmissionServerOptions,
  state: ServerState,
): FastifyReply {
  const review = readReviewHead(head);
  if (review === undefined) throw error;
  const { verdict, json } = answerUnread(review, error, options.deniesUnread(review));
  if (error.status === 503) reply.header('connection', 'close');
  send(json, reply, state);
  options.onUnread(review, error, verdict);
  return reply;
}

function send(json: string, reply: FastifyReply, { draining }: ServerState): void {
  if (draining) reply.header('connection', 'close');
  reply.type('application/json').send(json);
}

/** fastify skips the parser if the body is empty. The memory of a body is released after its answer is sent. */
function receivedBody(
  request: FastifyRequest,
  reply: FastifyReply,
): Omit<ReceivedBody, 'body'> & { readonly body: BodyChunks | UnreadBody } {
  const received = request.body as ReceivedBody | undefined;
  if (received === undefined) throw new LockstepError('EMPTY_BODY');
  const { body, release } = received;
  if (body instanceof LockstepError) throw body;
  if (!(body instanceof UnreadBody)) reply.raw.once('close', release);
  return { ...received, body };
}

function completeBody(chunks: BodyChunks): Buffer | UnreadBody {
  const buffer = concatChunks(chunks);
  return hasTooManyParts(buffer)
    ? new UnreadBody(buffer.subarray(0, SMALL_BODY_BYTES), new LockstepError('TOO_MANY_PARTS'))
    : buffer;
}

function wrongMethod(request: FastifyRequest): never {
  throw new LockstepError('WRONG_METHOD', [request.method]);
}

/** The query may hold anything, and the path is enough to find the mistake. */
function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]?.slice(0, 100) ?? '';
}

function answerError(
  error: unknown,
  reply: FastifyReply,
  options: AdmissionServerOptions,
  state: ServerState,
): void {
  const lockstepError = error instanceof LockstepError ? error : toLockstepError(error);
  if (lockstepError.status === 503 || lockstepError.status === 504 || state.draining)
    reply.header('connection', 'close');
  reply
    .code(lockstepError.status)
    .type('application/json')
    .send(statusBody(lockstepError.status, lockstepError.message));
  options.onError(
    lockstepError.code === 'LOCKSTEP_INTERNAL_ERROR' ? error : lockstepError,
    lockstepError.status,
  );
}

/** An error of our own code may quote a value, so the answer names only its class. */
function toLockstepError(error: unknown): LockstepError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new LockstepError('WRONG_CONTENT_TYPE');
  return new LockstepError('INTERNAL_ERROR', [error instanceof Error ? error.name : typeof error], error);
}
