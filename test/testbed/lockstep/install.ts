import { join } from 'node:path';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { findBinaries } from '../binaries.ts';
import type { Cluster } from '../cluster/cluster.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** The address and port of lockstep's Service. */
export interface ServiceAddress {
  readonly address: string;
  readonly port: number;
}

/**
 * `kubectl apply -k OVERLAY`, relative to the repository, at an address that a local process listens on. Nothing else is changed. `flags` are kubectl's.
 */
export async function applyOverlay(
  cluster: Cluster,
  overlay: string,
  at: ServiceAddress,
  flags: readonly string[] = [],
): Promise<void> {
  const { kubectl } = findBinaries(['kubectl']);
  const { stdout } = await execa(kubectl, ['kustomize', join(ROOT, overlay)]);
  const items = parseAllDocuments(stdout).map((document) => pinned(document.toJS(), at));
  await cluster.apply(items, ...flags);
}

// biome-ignore lint/suspicious/noExplicitAny: an object of a manifest
function pinned(object: any, { address, port }: ServiceAddress): object {
  const { kind, metadata } = object;
  if (kind === 'Service' && metadata.name === 'lockstep-webhook') {
    const [first, ...others] = object.spec.ports;
    return {
      ...object,
      spec: { ...object.spec, clusterIP: address, ports: [{ ...first, port }, ...others] },
    };
  }
  if (!Array.isArray(object.webhooks)) return object;
  for (const { clientConfig } of object.webhooks) clientConfig.service.port = port;
  return object;
}
