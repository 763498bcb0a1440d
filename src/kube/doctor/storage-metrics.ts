import type { StorageFacts } from '../../engine/cluster-doctor/encryption.ts';
import { failure } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';
import { linesOf } from '../client/watch-lines.ts';
import { type Sample, sampleIn } from './metrics-text.ts';

/** A small cluster's API server sends 2 MB. Bytes. */
const LARGEST = 256 * 1024 * 1024;
/** It has to gather them first. Milliseconds. */
const LONGEST_MS = 60_000;

/**
 * What the API server that answers has counted of Secrets on their way to etcd since it started. Its metrics are read line by line, and all others let
 * go. Another API server of the same cluster has counted others. Throws LockstepError.
 */
export async function readStorageMetrics({ server, open }: Cluster): Promise<StorageFacts> {
  const counted = new StorageCount();
  const given = AbortSignal.timeout(LONGEST_MS);
  try {
    const body = await open({ path: '/metrics', accept: 'text/plain' }, given);
    for await (const line of linesOf(upTo(LARGEST, body))) if (typeof line === 'string') counted.add(line);
  } catch (cause) {
    throw failure(given.aborted ? given.reason : cause, server, 'reading /metrics');
  }
  return counted.facts();
}

async function* upTo(largest: number, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > largest) throw new Error('its metrics are larger than 256 MiB');
    yield chunk;
  }
}

const TRANSFORMED = 'apiserver_storage_transformation_operations_total';
const CONFIGURATION = 'apiserver_encryption_config_controller_';
/** The former name is that of Kubernetes before 1.34. */
const OBJECTS: readonly string[] = ['apiserver_storage_objects', 'apiserver_resource_objects'];
const REQUESTS = 'etcd_requests_total';
const NAMES: readonly string[] = [TRANSFORMED, CONFIGURATION, ...OBJECTS, REQUESTS];

class StorageCount {
  readonly #written = new Map<string, number>();
  readonly #read = new Map<string, number>();
  #failed = 0;
  #stored = 0;
  #hasConfiguration = false;

  add(line: string): void {
    if (!NAMES.some((name) => line.startsWith(name))) return;
    const sample = sampleIn(line);
    if (sample === undefined || !(sample.value > 0)) return;
    if (sample.name.startsWith(CONFIGURATION)) this.#hasConfiguration = true;
    if (sample.name === TRANSFORMED && isOfSecrets(sample)) this.#addTransformed(sample);
    if (OBJECTS.includes(sample.name) && isOfSecrets(sample)) this.#stored += sample.value;
    if (sample.name === REQUESTS && isOfSecrets(sample) && isWrite(sample)) this.#stored += sample.value;
  }

  facts(): StorageFacts {
    return {
      written: this.#written,
      read: this.#read,
      failed: this.#failed,
      stored: this.#stored,
      hasConfiguration: this.#hasConfiguration,
    };
  }

  #addTransformed({ labels, value }: Sample): void {
    if (labels.get('status') !== 'OK') {
      this.#failed += value;
      return;
    }
    const direction = labels.get('transformation_type') === 'to_storage' ? this.#written : this.#read;
    const prefix = labels.get('transformer_prefix') ?? '';
    direction.set(prefix, (direction.get(prefix) ?? 0) + value);
  }
}

/**
 * Which label it is has changed often: `resource` with `group` (1.34), before without it, or `type`. Transformations have none before 1.32: there they
 * are of whatever is encrypted, of which Secrets are the first.
 */
function isOfSecrets({ name, labels }: Sample): boolean {
  const resource = labels.get('resource') ?? labels.get('type');
  if (resource === undefined) return name === TRANSFORMED;
  return (resource === 'secrets' || resource === '*core.Secret') && (labels.get('group') ?? '') === '';
}

const isWrite = ({ labels }: Sample): boolean => ['create', 'update'].includes(labels.get('operation') ?? '');
