import type { StorageFacts } from '../../engine/cluster-doctor/encryption.ts';
import { clusterError } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';
import { watchLines } from '../client/watch-lines.ts';
import { parseSample, type Sample } from './metrics-text.ts';

/** A small cluster's API server sends 2 MB. Bytes. */
const MAX_METRICS_BYTES = 256 * 1024 * 1024;
/** It has to gather them first. Milliseconds. */
const TIMEOUT_MS = 60_000;

/**
 * What the API server that answers has counted of Secrets on their way to etcd since it started. Its metrics are read line by line, and all others let
 * go. Another API server of the same cluster has counted others. Throws LockstepError.
 */
export async function readStorageMetrics({ server, open }: Cluster): Promise<StorageFacts> {
  const counter = new StorageCounter();
  const timeoutSignal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const body = await open({ path: '/metrics', accept: 'text/plain' }, timeoutSignal);
    for await (const line of watchLines(limitBytes(MAX_METRICS_BYTES, body)))
      if (typeof line === 'string') counter.add(line);
  } catch (cause) {
    throw clusterError(timeoutSignal.aborted ? timeoutSignal.reason : cause, server, 'reading /metrics');
  }
  return counter.facts();
}

async function* limitBytes(maxBytes: number, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new Error('its metrics are larger than 256 MiB');
    yield chunk;
  }
}

const TRANSFORMATIONS_METRIC = 'apiserver_storage_transformation_operations_total';
const CONFIGURATION_METRIC_PREFIX = 'apiserver_encryption_config_controller_';
/** The former name is that of Kubernetes before 1.34. */
const OBJECT_METRICS: readonly string[] = ['apiserver_storage_objects', 'apiserver_resource_objects'];
const REQUESTS_METRIC = 'etcd_requests_total';
const METRIC_NAMES: readonly string[] = [
  TRANSFORMATIONS_METRIC,
  CONFIGURATION_METRIC_PREFIX,
  ...OBJECT_METRICS,
  REQUESTS_METRIC,
];

class StorageCounter {
  readonly #written = new Map<string, number>();
  readonly #read = new Map<string, number>();
  #failed = 0;
  #stored = 0;
  #hasConfiguration = false;

  add(line: string): void {
    if (!METRIC_NAMES.some((name) => line.startsWith(name))) return;
    const sample = parseSample(line);
    if (sample === undefined || !(sample.value > 0)) return;
    if (sample.name.startsWith(CONFIGURATION_METRIC_PREFIX)) this.#hasConfiguration = true;
    if (sample.name === TRANSFORMATIONS_METRIC && isOfSecrets(sample)) this.#addTransformation(sample);
    if (OBJECT_METRICS.includes(sample.name) && isOfSecrets(sample)) this.#stored += sample.value;
    if (sample.name === REQUESTS_METRIC && isOfSecrets(sample) && isWrite(sample))
      this.#stored += sample.value;
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

  #addTransformation({ labels, value }: Sample): void {
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
  if (resource === undefined) return name === TRANSFORMATIONS_METRIC;
  return (resource === 'secrets' || resource === '*core.Secret') && (labels.get('group') ?? '') === '';
}

const isWrite = ({ labels }: Sample): boolean => ['create', 'update'].includes(labels.get('operation') ?? '');
