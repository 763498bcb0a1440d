import { Buffer } from 'node:buffer';
import type { Server } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { LockstepError } from '../../errors.ts';
import {
  answerPolicy,
  POLICY_WEBHOOK,
  type PolicyJudge,
  type PolicyOutcome,
} from '../policy-review/validate-policy.ts';
import { hasTooManyParts } from '../review/json-structure.ts';
import { type Review, readReview } from '../review/review.ts';
import { answerUnread, readBeginning, type UnreadReview } from '../review/unread-review.ts';
import { answering, type Engine, type Outcome, WEBHOOKS, type WebhookName } from '../review/webhook.ts';
import { BODY_LIMIT, type Chunks, collectBody, joined, Unread } from './body.ts';
import { bodyRoom, SMALL_BODY } from './body-memory.ts';
import { type Connections, watchConnections } from './connections.ts';
import { budgetOf } from './deadline.ts';
import { answerBroken } from './malformed-request.ts';
import { type Arrived, inTurn } from './queued-review.ts';
import { reviewTurns, type Turns } from './review-queue.ts';
import { statusBody } from './status-body.ts';

/**
 * Go's client keeps an idle socket for 90 s, and a POST on one that the server is just closing fails and is not repeated. So every limit that could
 * end an idle socket is above that, also that of a socket on which nothing was sent yet. Milliseconds.
 */
const LONGER_THAN_GO = 100_000;
/** A client that opens a socket and does not speak TLS on it. Milliseconds. */
const HANDSHAKE = 10_000;

/** From whom requests are taken; without, from everybody who reaches the port. */
export interface ClientAuthentication {
  /** PEM: who signs the certificate that a client must show. */
  readonly ca: string;
  /** The common names that its certificate may have; empty: any. */
  readonly names: ReadonlySet<string>;
}

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
  readonly clients?: ClientAuthentication | undefined;
  /** Whether a review that is not read, because it is too large or comes at a bad time, is refused; it goes in with a warning otherwise. */
  readonly refusesUnread: (review: UnreadReview) => boolean;
  /** Called after each review that was answered. */
  readonly observe: (outcome: Outcome | PolicyOutcome) => void;
  /** Called after each review that was answered without being read. */
  readonly unread: (review: UnreadReview, error: LockstepError, verdict: 'denied' | 'warned') => void;
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
  const app = instance(needs);
  const connections = watchConnections(app.server, needs.clients !== undefined);
  admitNamed(app.server, needs.clients);
  const state = { draining: false, room: bodyRoom(), connections, turns: reviewTurns(needs.clock) };

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { bodyLimit: BODY_LIMIT }, (request, stream, done) => {
    const budget = budgetOf((request.query as { timeout?: unknown }).timeout);
    const until = needs.clock() + budget;
    collectBody(stream, budget, state.room, (collected) => done(null, { ...collected, until }));
  });
  app.addHook('onRequest', (request, reply, done) => {
    connections.begins(request.raw, reply.raw);
    done();
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
    setCertificate: (certificate) => app.server.setSecureContext(secureContext(certificate, needs.clients)),
    drain: () => {
      state.draining = true;
    },
    close: async (grace) => {
      state.draining = true;
      const cut = setTimeout(connections.cutAll, grace);
      await app.close();
      clearTimeout(cut);
    },
  };
}

/** A Service webhook is called with HTTP/1.1 only. */
function instance(needs: ServerNeeds): FastifyInstance<Server> {
  return fastify({
    https: {
      ...secureContext(needs.certificate, needs.clients),
      // A client that shows no certificate, or one of another CA, does not get as far as a request.
      requestCert: needs.clients !== undefined,
      rejectUnauthorized: true,
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
    // A path that can't be decoded, before any handler is chosen.
    frameworkErrors: (_error, _request, reply) => {
      const error = new LockstepError('BAD_PATH');
      reply.raw.writeHead(400, { 'content-type': 'application/json' });
      reply.raw.end(statusBody(400, error.message));
      needs.failed(error, 400);
    },
  }) as unknown as FastifyInstance<Server>;
}

function secureContext(
  { cert, key }: ServingCertificate,
  clients: ClientAuthentication | undefined,
): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', ...(clients && { ca: clients.ca }) };
}

/** Any certificate of that CA has passed by then. */
function admitNamed(server: Server, clients: ClientAuthentication | undefined): void {
  if (clients === undefined || clients.names.size === 0) return;
  server.on('secureConnection', (socket) => {
    const { CN } = socket.getPeerCertificate().subject ?? {};
    const names = Array.isArray(CN) ? CN : [CN];
    if (!names.some((name) => name !== undefined && clients.names.has(name))) socket.destroy();
  });
}

interface State {
  readonly draining: boolean;
  readonly connections: Connections;
  readonly turns: Turns;
}

function reviewHandler(name: WebhookName, needs: ServerNeeds, state: State) {
  const answerTo = answering(name, needs.engine);
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply | Promise<FastifyReply> => {
    const started = needs.clock();
    const arrived = arrivedIn(request, reply);
    const refuse = (unread: Unread): FastifyReply => answerWithoutReading(unread, reply, needs, state);
    const { body: chunks } = arrived;
    if (chunks instanceof Unread) return refuse(chunks);
    const conclude = (review: Review): FastifyReply => {
      const { answer, json } = answerTo(review);
      send(json, reply, state);
      needs.observe({ webhook: name, review, answer, milliseconds: needs.clock() - started });
      return reply;
    };
    const judge = (): FastifyReply | Promise<FastifyReply> => {
      const body = wholeOf(chunks);
      if (body instanceof Unread) return refuse(body);
      const review = readReview(body);
      const waiting = review.request && needs.acquainted?.(review.namespace);
      if (waiting === undefined) return conclude(review);
      // The values of a large review are pieces of its body, and that is memory which the next body is read into.
      const kept = Buffer.from(body);
      return waiting.then(() => conclude(readReview(kept)));
    };
    return inTurn({ ...arrived, chunks }, reply, state.turns, { judge, refuse });
  };
}

function policyHandler(needs: ServerNeeds, state: State) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const started = needs.clock();
    const { body: chunks, keep } = arrivedIn(request, reply);
    keep(() => request.raw.socket.destroy());
    const body = chunks instanceof Unread ? chunks : wholeOf(chunks);
    if (body instanceof Unread) return answerWithoutReading(body, reply, needs, state);
    const { review, answer, json } = answerPolicy(body, needs.policies);
    send(json, reply, state);
    needs.observe({ webhook: POLICY_WEBHOOK, review, answer, milliseconds: needs.clock() - started });
    return reply;
  };
}

/** Its beginning tells whom to answer. If it does not, no API server has sent it. */
function answerWithoutReading(
  { head, error }: Unread,
  reply: FastifyReply,
  needs: ServerNeeds,
  state: State,
): FastifyReply {
  const review = readBeginning(head);
  if (review === undefined) throw error;
  const { verdict, json } = answerUnread(review, error, needs.refusesUnread(review));
  if (error.status === 503) reply.header('connection', 'close');
  send(json, reply, state);
  needs.unread(review, error, verdict);
  return reply;
}

function send(json: string, reply: FastifyReply, { draining }: State): void {
  if (draining) reply.header('connection', 'close');
  reply.type('application/json').send(json);
}

/** fastify skips the parser where nothing was sent. The memory of a body is given back when its answer has gone out. */
function arrivedIn(
  request: FastifyRequest,
  reply: FastifyReply,
): Omit<Arrived, 'body'> & { readonly body: Chunks | Unread } {
  const arrived = request.body as Arrived | undefined;
  if (arrived === undefined) throw new LockstepError('EMPTY_BODY');
  const { body, release } = arrived;
  if (body instanceof LockstepError) throw body;
  if (!(body instanceof Unread)) reply.raw.once('close', release);
  return { ...arrived, body };
}

function wholeOf(chunks: Chunks): Buffer | Unread {
  const whole = joined(chunks);
  return hasTooManyParts(whole)
    ? new Unread(whole.subarray(0, SMALL_BODY), new LockstepError('TOO_MANY_PARTS'))
    : whole;
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
  if (known.status === 503 || known.status === 504 || state.draining) reply.header('connection', 'close');
  reply.code(known.status).type('application/json').send(statusBody(known.status, known.message));
  needs.failed(known.code === 'LOCKSTEP_INTERNAL_ERROR' ? error : known, known.status);
}

/** What our own code threw may quote a value, so only its class is told. */
function fromFastify(error: unknown): LockstepError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new LockstepError('WRONG_CONTENT_TYPE');
  return new LockstepError('INTERNAL_ERROR', [error instanceof Error ? error.name : typeof error], error);
}
