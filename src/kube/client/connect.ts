import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { FIELD_MANAGER } from '../../engine/secret/kubernetes/kubernetes-names.ts';
import type { ApiAccess, TlsMaterial } from './api-access.ts';
import { ApiStatusError } from './api-error.ts';
import { type KubeconfigOptions, readKubeconfig } from './kubeconfig.ts';
import { parseJson } from './list-splitter.ts';
import { MAX_OBJECT_BYTES } from './oversized-object.ts';
import { readServiceAccount, type ServiceAccountPod } from './service-account.ts';

/**
 * An API server, with the user of the kubeconfig or of the pod. For a kubeconfig, the client library handles
 * credentials, proxies and login plugins. The calls are plain HTTPS, because the library's generated classes cost
 * 75 MB. Also, its watch can't tell a silent server from an idle one.
 */
export interface Cluster {
  /** `https://HOST:PORT`, for messages. */
  readonly server: string;
  /**
   * Resolves with the answer to a granted call. Rejects with an ApiStatusError or the error of the socket. `callApi`
   * turns both into a LockstepError.
   */
  readonly call: (call: ApiCall) => Promise<ApiResponse>;
  /**
   * The same as `call`, but the caller reads the body as it arrives. Only `signal` ends it, without any other time
   * limit.
   */
  readonly open: (call: ApiCall, signal: AbortSignal) => Promise<IncomingMessage>;
}

export interface ApiCall {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Such as `/api/v1/namespaces/a/secrets/b`. Names in it must be those of Kubernetes objects. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** Impersonate this user. */
  readonly as?: string;
  /** The limit for this `call` with its answer, in milliseconds, if it is not the usual one. */
  readonly timeout?: number;
}

export interface ApiResponse {
  readonly object: unknown;
  /** The server clock, in whole seconds. Undefined if a proxy removed the header. */
  readonly date: Date | undefined;
  /** The texts that kubectl prints after `Warning:`. */
  readonly warnings: readonly string[];
}

/** The `accept` header for only the metadata of an object, and of a list. */
export const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
export const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** Ten times the time that a loaded API server takes for one object. In milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

export type ConnectOptions = KubeconfigOptions & {
  /** The limit for one request with its answer, in milliseconds. */
  readonly timeout?: number | undefined;
};

/** Reads the kubeconfig, and sends nothing yet. Throws LockstepError. */
export const connect = ({ timeout, ...options }: ConnectOptions): Cluster =>
  clusterOf(readKubeconfig(options), timeout);

/**
 * The same as `connect`, and asks the kubeconfig for a login. A process that repeats its calls would otherwise run on
 * with a kubeconfig that can never work. Throws LockstepError.
 */
export async function connectWithLogin(options: KubeconfigOptions): Promise<Cluster> {
  const access = readKubeconfig(options);
  await access.credentials();
  return clusterOf(access);
}

/** The cluster in which this pod runs, as its ServiceAccount. Reads and sends nothing yet. */
export const connectAsServiceAccount = (pod: ServiceAccountPod): Cluster =>
  clusterOf(readServiceAccount(pod));

function clusterOf(access: ApiAccess, timeoutMs = REQUEST_TIMEOUT_MS): Cluster {
  const sendRequest = requestSender(access);
  return {
    server: access.server,
    call: async (call) => {
      const signal = AbortSignal.timeout(call.timeout ?? timeoutMs);
      const response = await sendRequest(call, signal);
      const object = parseJson(await readBody(response, signal));
      return { object, date: dateOf(response), warnings: warningsOf(response) };
    },
    open: sendRequest,
  };
}

/** The API server records the field manager of each of them. */
const WRITES: ReadonlySet<ApiCall['method']> = new Set(['POST', 'PUT', 'PATCH']);

type RequestSender = (call: ApiCall, signal: AbortSignal) => Promise<IncomingMessage>;

function requestSender({ server, credentials }: ApiAccess): RequestSender {
  const agentFor = keepAliveAgents();
  return async (call, signal) => {
    const url = new URL(server.replace(/\/$/, '') + call.path);
    if (WRITES.has(call.method)) url.searchParams.set('fieldManager', FIELD_MANAGER);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, String(value));
    // For each call, because a token is short-lived.
    const { auth, headers, tls, proxyAgent } = await credentials();
    const { contentType = 'application/json', accept = 'application/json', as } = call;
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const response = await sendHttps(
      url,
      {
        ...(auth === undefined ? {} : { auth }),
        agent: proxyAgent ?? agentFor(tls),
        signal,
        method: call.method ?? 'GET',
        headers: {
          ...headers,
          accept,
          ...(as === undefined ? {} : { 'impersonate-user': as }),
          ...(body === undefined ? {} : bodyHeaders(body, contentType)),
        },
      },
      body,
    );
    if (response.statusCode !== undefined && response.statusCode < 300) return response;
    throw new ApiStatusError(response.statusCode ?? 0, await readBody(response, signal));
  };
}

/** One agent keeps its sockets for all calls, until the CA or the client certificate is another one. */
function keepAliveAgents(): (tls: TlsMaterial) => Agent {
  let used: { readonly tls: TlsMaterial; readonly agent: Agent } | undefined;
  return (tls) => {
    if (used === undefined || !isSameTls(used.tls, tls)) {
      used = { tls, agent: new Agent({ keepAlive: true, ...tls }) };
    }
    return used.agent;
  };
}

const isSameTls = (a: TlsMaterial, b: TlsMaterial): boolean =>
  (['ca', 'cert', 'key', 'servername', 'rejectUnauthorized'] as const).every(
    (name) => String(a[name]) === String(b[name]),
  );

/**
 * Sets the length. For the body of a DELETE, Node sends neither a length nor the chunked encoding. The server then
 * reads the body as the next request.
 */
const bodyHeaders = (body: string, contentType: string): OutgoingHttpHeaders => ({
  'content-type': contentType,
  'content-length': Buffer.byteLength(body),
});

function sendHttps(url: URL, options: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { signal, method } = options;
    let isAnswered = false;
    const clientRequest = request(url, options, (response) => {
      isAnswered = true;
      resolve(response);
    });
    clientRequest.on('error', (error) => {
      if (signal?.aborted === true) reject(signal.reason);
      else if (!isAnswered && method === 'GET' && isIdleSocketClosed(clientRequest, error))
        resolve(sendHttps(url, options, body));
      else reject(error);
    });
    clientRequest.end(body);
  });
}

/**
 * A server or a load balancer may close an idle socket while the next request is on its way. Each repetition takes
 * another socket, and a new socket is the last one. A write may have happened, so it is not repeated.
 */
const isIdleSocketClosed = ({ reusedSocket }: ClientRequest, error: NodeJS.ErrnoException): boolean =>
  reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

/** The whole body. If the signal cuts it short, throws the reason of the signal, as for a call without an answer. */
async function readBody(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      // A list is read in parts instead.
      if (size > MAX_OBJECT_BYTES) throw new Error('its answer is larger than 16 MiB');
      chunks.push(chunk);
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function dateOf({ headers }: IncomingMessage): Date | undefined {
  const date = new Date(headers.date ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** `299 - "TEXT"` (RFC 9111, 5.5), one header for each warning. */
function warningsOf({ headersDistinct }: IncomingMessage): readonly string[] {
  return (headersDistinct.warning ?? []).map((header) =>
    header.replace(/^\d{3} \S+ "(.*)"$/s, '$1').replaceAll(/\\(.)/g, '$1'),
  );
}
