import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { Cluster } from '../../test/testbed/cluster/cluster.ts';

export interface Answer {
  /** 0 where there was none. */
  readonly status: number;
  readonly text: string;
}

export type Send = (method: string, path: string, body: string) => Promise<Answer>;

/**
 * A ServiceAccount with the ClusterRole `admin` in that namespace, as a team has it. `path` is relative to the
 * namespace's Secrets.
 */
export async function adminOf(cluster: Cluster, namespace: string): Promise<Send> {
  const kubectl = (args: readonly string[]) => cluster.kubectl([...args, '-n', namespace], { orThrow: true });
  await cluster.kubectl(['create', 'namespace', namespace], { orThrow: true });
  await kubectl(['create', 'serviceaccount', 'writer']);
  await kubectl([
    'create',
    'rolebinding',
    'writer',
    '--clusterrole=admin',
    `--serviceaccount=${namespace}:writer`,
  ]);
  const { clusters, users } = JSON.parse(
    readFileSync(await cluster.serviceAccountKubeconfig(namespace, 'writer'), 'utf8'),
  );
  const ca = Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64');
  const agent = new Agent({ ca, keepAlive: true });
  const secrets = `${cluster.server}/api/v1/namespaces/${namespace}/secrets`;
  return (method, path, body) =>
    new Promise((resolve) => {
      const call = request(
        `${secrets}${path}`,
        {
          method,
          agent,
          headers: {
            authorization: `Bearer ${users[0].user.token}`,
            'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (piece: string) => {
            if (text.length < 100_000) text += piece;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
          response.on('error', () => resolve({ status: 0, text: '' }));
        },
      );
      call.on('error', ({ message }) => resolve({ status: 0, text: message }));
      call.end(body);
    });
}
