import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Test } from 'tap';
import { freePort } from '../../testbed/process/ports.ts';
import { keyText, servingFiles } from '../admission/serving.ts';
import { kubeconfigFor } from './kubeconfig.ts';

/** Behaviour that a real API server does not show on demand. */
export interface ApiServer {
  readonly server: string;
  /** Path. */
  readonly kubeconfig: string;
  /** `PATH?QUERY`, decoded, as they came. */
  readonly asked: readonly string[];
}

export type RequestHandler = (response: ServerResponse, url: URL) => void;

/** Stopped with the test. */
export async function anApiServer(t: Test, answering: RequestHandler): Promise<ApiServer> {
  const files = await servingFiles();
  const asked: string[] = [];
  const listener = createServer({ cert: files.cert, key: keyText(files) }, (request, response) => {
    const url = new URL(request.url ?? '', 'https://x');
    asked.push(decodeURIComponent(`${url.pathname}${url.search}`));
    answering(response, url);
  });
  const port = await freePort();
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');
  t.teardown(() => {
    listener.closeAllConnections();
    listener.close();
  });
  const server = `https://127.0.0.1:${port}`;
  return { server, kubeconfig: kubeconfigFor(t, server), asked };
}

export function answerJson(response: ServerResponse, body: unknown, code = 200): void {
  response.statusCode = code;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}

export const aStatus = (code: number, message: string, metadata: object = {}): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata,
  status: 'Failure',
  message,
  code,
});

export const aPage = (items: readonly object[], more = ''): object => ({
  kind: 'SecretList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '10', ...(more === '' ? {} : { continue: more }) },
  items,
});
