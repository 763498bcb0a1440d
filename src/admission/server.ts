import { Buffer } from 'node:buffer';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { LockstepError } from '../errors.ts';
import { BODY_LIMIT, type Chunks, collectBody, joined } from './body.ts';
import { answerBroken } from './broken.ts';
import { budgetOf } from './deadline.ts';
import { type Review, readReview } from './review.ts';
import { statusBody } from './status.ts';
import { answerPolicy, POLICY_WEBHOOK, type PolicyJudge, type PolicyOutcome } from './validate-policy.ts';
import { answering, type Engine, type Outcome, WEBHOOKS, type WebhookName } from './webhook.ts';

/**
 * Go's client keeps an idle socket for 90 s, and a POST on one that the server is just closing fails and is not repeated. So every limit that could
 * end an idle socket is above that, also that of a socket on which nothing was sent yet. Milliseconds.
 */
const LONGER_THAN_GO = 100_000;
/** A client that opens a socket and does not speak TLS on it. Milliseconds. */
const HANDSHAKE = 10_000;

/** PEM. `cert` may hold intermediates after the leaf. */
export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface ServerNeeds {
  readonly engine: Engine;
  /** Resolves when the engine knows of that namespace what its policies ask; undefined where nothing is to be waited for. Bounded, and never rejects. */
  readonly acquainted?: (namespace: string) => Promise<void> | undefined;
  readonly policies: PolicyJudge;
  readonly certificate: ServingCertificate;
  /** Called after each review that was answered. */
  readonly observe: (outcome: Outcome | PolicyOutcome) => void;
  /** Called for each request that was answered with an error. `error` is a LockstepError, or what was thrown by our own code. */
  readonly failed: (error: unknown, status: number) => void;
  /** Milliseconds from any start. */
  readonly clock: () => number;
}

export interface AdmissionServer {
  /** Resolves with the port: the one asked for, or the one chosen for 0. */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  /** New handshakes get it; open sockets live on. */
  setCertificate(certificate: ServingCertificate): void;
  /** From now on each answer ends its socket, so that the caller opens the next one elsewhere. */
  drain(): void;
  /** Answers what has arrived; sockets that are still open after `grace` milliseconds are cut. */
  close(grace: number): Promise<void>;
}

export function admissionServer(needs: ServerNeeds): AdmissionServer {
  const state = { draining: false };
  const app = instance(needs);
  const sockets = openSockets(app.server);

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { bodyLimit: BODY_LIMIT }, (request, stream, done) => {
    collectBody(stream, budgetOf((request.query as { timeout?: unknown }).timeout), (body) =>
      done(null, body),
    );
  });
  for (const name of WEBHOOKS) app.post(`/${name}`, reviewHandler(name, needs, state));
  app.post(`/${POLICY_WEBHOOK}`, policyHandler(needs, state));
  for (const name of [...WEBHOOKS, POLICY_WEBHOOK]) {
    app.route({ method: ['GET', 'PUT', 'PATCH', 'DELETE'], url: `/${name}`, handler: wrongMethod });
  }
  app.setNotFoundHandler((request) => {
    throw new LockstepError('NO_SUCH_PATH', [pathOf(request)]);
  });
  app.setErrorHandler((error, _request, reply) => answerError(error, reply, needs, state));

  return {
    listen: async ({ host, port }) => {
      await app.listen({ host, port, backlog: 1024 });
      const address = app.server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    setCertificate: (certificate) => app.server.setSecureContext(secureContext(certificate)),
    drain: () => {
      state.draining = true;
    },
    close: async (grace) => {
      state.draining = true;
      const cut = setTimeout(() => cutAll(sockets), grace);
      await app.close();
      clearTimeout(cut);
    },
  };
}

/** A Service webhook is called with HTTP/1.1 only. */
function instance(needs: ServerNeeds): FastifyInstance<Server> {
  return fastify({
    https: {
      ...secureContext(needs.certificate),
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: HANDSHAKE,
      headersTimeout: LONGER_THAN_GO,
    },
    logger: false,
    bodyLimit: BODY_LIMIT,
    keepAliveTimeout: LONGER_THAN_GO,
    connectionTimeout: LONGER_THAN_GO,
    requestTimeout: LONGER_THAN_GO,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    clientErrorHandler: answerBroken,
  }) as unknown as FastifyInstance<Server>;
}

function secureContext({ cert, key }: ServingCertificate): {
  cert: string;
  key: string;
  minVersion: 'TLSv1.2';
} {
  return { cert, key, minVersion: 'TLSv1.2' };
}

type State = { readonly draining: boolean };

function reviewHandler(name: WebhookName, needs: ServerNeeds, state: State) {
  const answerTo = answering(name, needs.engine);
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply | Promise<FastifyReply> => {
    const started = needs.clock();
    const body = bodyOf(request);
    const conclude = (review: Review): FastifyReply => {
      const { answer, json } = answerTo(review);
      send(json, reply, state);
      needs.observe({ webhook: name, review, answer, milliseconds: needs.clock() - started });
      return reply;
    };
    const review = readReview(body);
    const waiting = review.request && needs.acquainted?.(review.namespace);
    if (waiting === undefined) return conclude(review);
    // Of a large review values are pieces of its body, and that is memory which the next body is read into.
    const kept = Buffer.from(body);
    return waiting.then(() => conclude(readReview(kept)));
  };
}

function policyHandler(needs: ServerNeeds, state: State) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const started = needs.clock();
    const { review, answer, json } = answerPolicy(bodyOf(request), needs.policies);
    send(json, reply, state);
    needs.observe({ webhook: POLICY_WEBHOOK, review, answer, milliseconds: needs.clock() - started });
    return reply;
  };
}

function send(json: string, reply: FastifyReply, { draining }: State): void {
  if (draining) reply.header('connection', 'close');
  reply.type('application/json').send(json);
}

/** fastify skips the parser where nothing was sent. */
function bodyOf(request: FastifyRequest): Buffer {
  const body = request.body as Chunks | LockstepError | undefined;
  if (body === undefined) throw new LockstepError('EMPTY_BODY');
  if (body instanceof LockstepError) throw body;
  return joined(body);
}

function wrongMethod(request: FastifyRequest): never {
  throw new LockstepError('WRONG_METHOD', [request.method]);
}

/** The query may say anything; the path is enough to find the mistake. */
function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]?.slice(0, 100) ?? '';
}

function answerError(error: unknown, reply: FastifyReply, needs: ServerNeeds, state: State): void {
  const known = error instanceof LockstepError ? error : fromFastify(error);
  if (known.status === 504 || state.draining) reply.header('connection', 'close');
  reply.code(known.status).type('application/json').send(statusBody(known.status, known.message));
  needs.failed(known.code === 'LOCKSTEP_OWN_FAULT' ? error : known, known.status);
}

/** What our own code threw may quote a value, so only its class is told. */
function fromFastify(error: unknown): LockstepError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new LockstepError('WRONG_CONTENT_TYPE');
  return new LockstepError('OWN_FAULT', [error instanceof Error ? error.name : typeof error], error);
}

/** Also those that have not finished their handshake, which `closeAllConnections` does not know. */
function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

function cutAll(sockets: ReadonlySet<Socket>): void {
  for (const socket of sockets) socket.destroy();
}
