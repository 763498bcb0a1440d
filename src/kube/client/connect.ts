import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';
import { ApiStatusError } from './api-error.ts';
import { type KubeconfigOptions, readKubeconfig } from './kubeconfig.ts';
import { MAX_OBJECT_BYTES } from './oversized-object.ts';

/**
 * An API server, as whoever the kubeconfig says. Credentials, proxies and login plugins are the client library's; the calls themselves are plain
 * HTTPS, because its generated classes cost 75 MB, and its watch can't tell a silent server from an idle one.
 */
export interface Cluster {
  /** `https://HOST:PORT`, for messages. */
  readonly server: string;
  /** Resolves with the answer to a call that the API server has granted. Rejects with a Refusal, or with what the socket said: see `ask`. */
  readonly call: (call: ApiCall) => Promise<ApiResponse>;
  /** As `call`, but the body is left to be read as it comes; `signal` ends it. There is no other limit of time. */
  readonly open: (call: ApiCall, signal: AbortSignal) => Promise<IncomingMessage>;
}

export interface ApiCall {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/api/v1/namespaces/a/secrets/b`; names in it must be those of Kubernetes objects. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>> & {
    readonly fieldManager?: FieldManager;
  };
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** Impersonate this user. */
  readonly as?: string;
  /** Milliseconds that `call` may take, answer included, where that is less than for others. */
  readonly timeout?: number;
}

export interface ApiResponse {
  readonly object: unknown;
  /** The clock of the API server, by whole seconds; undefined where a proxy took it away. */
  readonly date: Date | undefined;
  /** What kubectl would print after `Warning:`. */
  readonly warnings: readonly string[];
}

/** What to accept of an object, and of a list, where nothing but their metadata is asked for. */
export const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
export const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** Reads the kubeconfig; nothing is sent yet. Throws LockstepError. */
export function connect(options: KubeconfigOptions): Cluster {
  const { config, server, timeout: timeoutMs } = readKubeconfig(options);
  const sendRequest = requestSender(server, config);
  return {
    server,
    call: async (call) => {
      const signal = AbortSignal.timeout(call.timeout ?? timeoutMs);
      const response = await sendRequest(call, signal);
      const object = parseJson(await readBody(response, signal));
      return { object, date: dateOf(response), warnings: warningsOf(response) };
    },
    open: sendRequest,
  };
}

type RequestSender = (call: ApiCall, signal: AbortSignal) => Promise<IncomingMessage>;

function requestSender(server: string, config: KubeConfig): RequestSender {
  let agent: Agent | undefined;
  return async (call, signal) => {
    const url = new URL(server.replace(/\/$/, '') + call.path);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, String(value));
    const options: RequestOptions = {};
    // Each time, because a token is short-lived.
    await config.applyToHTTPSOptions(options as Parameters<KubeConfig['applyToHTTPSOptions']>[0]);
    agent ??= keepAliveAgent(options, config);
    const { contentType = 'application/json', accept = 'application/json', as } = call;
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const response = await sendHttps(
      url,
      {
        ...options,
        agent,
        signal,
        method: call.method ?? 'GET',
        headers: {
          ...(options.headers as Record<string, string> | undefined),
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

/** With its length told: of the body of a DELETE Node says neither that nor that it is chunked, and the server takes it for the next request. */
const bodyHeaders = (body: string, contentType: string): OutgoingHttpHeaders => ({
  'content-type': contentType,
  'content-length': Buffer.byteLength(body),
});

/** The library's own agent opens a socket for each call; through a proxy that has to do. */
function keepAliveAgent(
  { ca, cert, key, rejectUnauthorized, servername, agent }: RequestOptions,
  config: KubeConfig,
): Agent {
  if (config.getCurrentCluster()?.proxyUrl !== undefined) return agent as Agent;
  const options = { ca, cert, key, rejectUnauthorized, servername };
  const definedOptions = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  );
  return new Agent({ keepAlive: true, ...definedOptions });
}

function sendHttps(url: URL, options: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { signal } = options;
    const clientRequest = request(url, options, resolve);
    clientRequest.on('error', (error) => reject(signal?.aborted === true ? signal.reason : error));
    clientRequest.end(body);
  });
}

/** The whole body. Of one that is cut short by the signal the reason is told, as of a call that was never answered. */
async function readBody(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      // Lists are read as they come.
      if (size > MAX_OBJECT_BYTES) throw new Error('its answer is larger than 16 MiB');
      chunks.push(chunk);
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The parser's own message quotes the text, which may be a Secret. */
function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Error('its answer is no JSON');
  }
}

function dateOf({ headers }: IncomingMessage): Date | undefined {
  const date = new Date(headers.date ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** `299 - "TEXT"` (RFC 9111, 5.5), one header for each. */
function warningsOf({ headersDistinct }: IncomingMessage): readonly string[] {
  return (headersDistinct.warning ?? []).map((header) =>
    header.replace(/^\d{3} \S+ "(.*)"$/s, '$1').replaceAll(/\\(.)/g, '$1'),
  );
}
