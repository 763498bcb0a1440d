import { Buffer } from 'node:buffer';
import type { OutgoingHttpHeaders } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import {
  type AdmissionServer,
  type AdmissionServerOptions,
  admissionServer,
} from '../../../src/admission/http/server.ts';
import type { PolicyReviewResult } from '../../../src/admission/policy-review/validate-policy.ts';
import type { Engine, ReviewResult } from '../../../src/admission/review/webhook.ts';
import { createServingFiles } from '../../../src/tls/ca.ts';
import type { ServingFiles } from '../../../src/tls/serving.ts';
import { freePort } from '../../testbed/process/ports.ts';
import { aDecision } from './decision.ts';
import { aPolicyValidator } from './policy-review.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** True where the socket had been used before. */
  readonly reused: boolean;
}

export interface Serving {
  readonly server: AdmissionServer;
  readonly port: number;
  readonly ca: string;
  readonly outcomes: readonly (ReviewResult | PolicyReviewResult)[];
  readonly failures: readonly { readonly error: unknown; readonly status: number }[];
  readonly unread: readonly { readonly name: string; readonly code: string; readonly verdict: string }[];
  readonly post: (path: string, body: string | Buffer, options?: RequestOptions) => Promise<Reply>;
}

interface Test {
  readonly teardown: (undo: () => unknown) => void;
}

const allowing: Engine = { mutate: () => aDecision(), validate: () => aDecision() };

export const servingFiles = (): Promise<ServingFiles> =>
  createServingFiles(['localhost', '127.0.0.1'], { now: new Date(), days: 1 });

export const keyText = ({ key }: ServingFiles): string => key.withPlaintext(({ text }) => text ?? '');

/** A real admission server on a loopback port, stopped with the test. */
export async function serving(
  t: Test,
  engine: Engine = allowing,
  more: Partial<
    Pick<AdmissionServerOptions, 'policies' | 'awaitNamespace' | 'clients' | 'deniesUnread' | 'clock'>
  > = {},
): Promise<Serving> {
  const files = await servingFiles();
  const outcomes: (ReviewResult | PolicyReviewResult)[] = [];
  const unread: { name: string; code: string; verdict: string }[] = [];
  const failures: { error: unknown; status: number }[] = [];
  const server = admissionServer({
    engine,
    policies: aPolicyValidator(),
    certificate: { cert: files.cert, key: keyText(files) },
    onReview: (outcome) => outcomes.push(outcome),
    onError: (error, status) => failures.push({ error, status }),
    deniesUnread: () => true,
    onUnread: (review, { code }, verdict) => unread.push({ name: review.name, code, verdict }),
    clock: () => performance.now(),
    ...more,
  });
  const port = await server.listen({ host: '127.0.0.1', port: await freePort() });
  t.teardown(() => server.close(0));
  return {
    server,
    port,
    ca: files.ca,
    outcomes,
    failures,
    unread,
    post: (path, body, options) => post({ port, ca: files.ca }, path, body, options),
  };
}

/** One request by Node's own HTTPS client, which verifies the certificate. */
export function post(
  to: { readonly port: number; readonly ca: string },
  path: string,
  body: string | Buffer,
  options: RequestOptions = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = withoutUndefined({
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...options.headers,
    });
    const sent = request(
      {
        host: '127.0.0.1',
        port: to.port,
        ca: to.ca,
        path,
        method: 'POST',
        agent: false,
        ...options,
        headers,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            reused: sent.reusedSocket,
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A header that a test takes away. */
const withoutUndefined = (headers: Record<string, unknown>): OutgoingHttpHeaders =>
  Object.fromEntries(
    Object.entries(headers).filter(([, value]) => value !== undefined),
  ) as OutgoingHttpHeaders;

export const oneSocket = (): Agent => new Agent({ keepAlive: true, maxSockets: 1 });

/** A TLS socket on which nothing is sent yet. */
export function openTls({ port, ca }: Pick<Serving, 'port' | 'ca'>): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca, ALPNProtocols: ['h2', 'http/1.1'] }, () =>
      resolve(socket),
    );
    socket.once('error', reject);
  });
}

/** A TCP socket that never begins its handshake. */
export function openTcp({ port }: Pick<Serving, 'port'>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: '127.0.0.1', port }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** All that the other side sends until it ends. */
export function everything(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (piece) => {
      text += piece.toString();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}
