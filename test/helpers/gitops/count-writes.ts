import type { Cluster } from '../../testbed/cluster/cluster.ts';

interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** How often that Secret was written since `resourceVersion`, deletions included. */
export async function writesSince(
  cluster: Cluster,
  { namespace, name }: Place,
  resourceVersion: string,
): Promise<number> {
  // The watch ends after this second. Each write that has ended before the request is in it.
  const query = `watch=true&timeoutSeconds=1&fieldSelector=metadata.name=${name}&resourceVersion=${resourceVersion}`;
  const { text } = await cluster.request(`/api/v1/namespaces/${namespace}/secrets?${query}`);
  return text.split('\n').filter((line) => line !== '').length;
}

/** The point in time from which writes are counted. */
export async function now(cluster: Cluster, namespace: string): Promise<string> {
  const { metadata } = (await cluster.request(`/api/v1/namespaces/${namespace}/secrets?limit=1`)).json();
  return metadata.resourceVersion;
}
