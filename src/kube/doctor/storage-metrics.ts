import type { StorageFacts } from '../../engine/diagnosis/cluster-checks/encryption.ts';
import { clusterError } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';
import { watchLines } from '../watch/watch-lines.ts';

/** The API server of a small cluster sends 2 MB. */
const MAX_METRICS_BYTES = 256 * 1024 * 1024;
/** The API server has to gather its metrics first. */
const TIMEOUT_MS = 60_000;

/**
 * The counts of Secrets that this API server has encrypted, decrypted and stored since it started. Its metrics are read
 * line by line, and all others are dropped. Another API server of the cluster has other counts. Throws LockstepError.
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
/** The first name is that of Kubernetes before 1.34. */
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
  #countsByKind = true;

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
      countsByKind: this.#countsByKind,
    };
  }

  #addTransformation({ labels, value }: Sample): void {
    if (kindOf(labels) === undefined) this.#countsByKind = false;
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
 * The label has changed often: `resource` with `group` (1.34), `resource` alone before that, or `type`. Transformations
 * have no such label before 1.32. There they count all encrypted resources, and Secrets are the first of these.
 */
function isOfSecrets({ name, labels }: Sample): boolean {
  const resource = kindOf(labels);
  if (resource === undefined) return name === TRANSFORMATIONS_METRIC;
  return (resource === 'secrets' || resource === '*core.Secret') && (labels.get('group') ?? '') === '';
}

const kindOf = (labels: Sample['labels']): string | undefined => labels.get('resource') ?? labels.get('type');

const isWrite = ({ labels }: Sample): boolean => ['create', 'update'].includes(labels.get('operation') ?? '');

/** One line of the Prometheus text format. */
interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

const SAMPLE_LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

/**
 * Undefined for a comment, or for a line that is no sample. Never throws.
 *
 * @internal Exported for tests.
 */
export function parseSample(line: string): Sample | undefined {
  const [, name, labels = '', number] = SAMPLE_LINE.exec(line) ?? [];
  const value = Number(number);
  if (name === undefined || Number.isNaN(value)) return undefined;
  const pairs = [...labels.matchAll(LABEL)].map(
    ([, label = '', text = '']) =>
      [label, text.replaceAll(/\\./g, (escaped) => ESCAPES[escaped] ?? escaped)] as const,
  );
  return { name, labels: new Map(pairs), value };
}
