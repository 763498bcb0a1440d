import { readFileSync } from 'node:fs';
import { Agent, type RequestOptions, request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Cluster } from '../cluster/cluster.ts';

/** HTTPS to the API server as the administrator, on connections that are kept: what makes thousands of writes possible. */
export interface Client extends Disposable {
  /** Status 0 and the code of the fault where there was no answer. */
  send(
    method: 'POST' | 'PATCH',
    path: string,
    body: object,
  ): Promise<{ readonly status: number; readonly text: string }>;
}

export function keepAliveClient(cluster: Cluster): Client {
  const agent = new Agent({ ...credentialsIn(cluster.kubeconfig), keepAlive: true });
  return {
    send: (method, path, body) => {
      const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const options = { method, agent, headers: { 'content-type': contentType } };
      return send(new URL(path, cluster.server), options, JSON.stringify(body));
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** As `writeKubeconfig` writes the administrator's. */
function credentialsIn(kubeconfig: string): {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
} {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8'));
  const decode = (base64: string) => Buffer.from(base64, 'base64');
  return {
    ca: decode(clusters[0].cluster['certificate-authority-data']),
    cert: decode(users[0].user['client-certificate-data']),
    key: decode(users[0].user['client-key-data']),
  };
}

function send(url: URL, options: RequestOptions, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const failed = ({ code = 'no code' }: NodeJS.ErrnoException) => resolve({ status: 0, text: code });
    const call = request(url, options, (response) => {
      text(response).then((all) => resolve({ status: response.statusCode ?? 0, text: all }), failed);
    });
    call.on('error', failed);
    call.end(body);
  });
}
