import { MAX_POD_READINGS } from '../../workloads/references/pod-readings.ts';
import type { Reading, Source } from '../../workloads/references/reading.ts';
import type { Workload } from '../../workloads/rollout/consumers.ts';

/** A Secret or a ConfigMap. */
export interface SourceRef {
  readonly source: Source;
  readonly namespace: string;
  readonly name: string;
}

/** An object of the cluster that may read Secrets and ConfigMaps. */
export interface UsingObject {
  /** Undefined if the kind is cluster-scoped. */
  readonly namespace: string | undefined;
  readonly kind: string;
  readonly name: string;
  readonly readings: Iterable<Reading>;
  /** Undefined if lockstep never replaces its pods. */
  readonly workload: () => Workload | undefined;
}

/** A workload, or another object, with all places in which it reads one Secret or ConfigMap. */
export interface SourceReader extends Pick<UsingObject, 'namespace' | 'kind' | 'name'> {
  readonly readings: readonly Reading[];
  readonly workload: Workload | undefined;
}

/** Bounds the memory of an index, to about 100 MB. */
const MAX_READINGS = 500_000;

/** The readers of some Secrets and ConfigMaps. Memory grows with the readings of those. */
export class UseIndex {
  readonly #isWanted: (ref: SourceRef) => boolean;
  readonly #readers = new Map<string, Map<string, SourceReader & { readonly readings: Reading[] }>>();
  readonly #known = new Set<string>();
  /** Some readings were left out. */
  isFull = false;

  constructor(isWanted: (ref: SourceRef) => boolean) {
    this.#isWanted = isWanted;
  }

  add(object: UsingObject): void {
    let count = 0;
    for (const reading of object.readings) {
      const ref = sourceOf(reading, object);
      if (ref !== undefined && this.#isWanted(ref)) this.#addReading(object, reading, refText(ref));
      count += 1;
    }
    this.isFull ||= count >= MAX_POD_READINGS;
  }

  /** The pods of one workload repeat its readings. */
  #addReading({ namespace, kind, name, workload }: UsingObject, reading: Reading, source: string): void {
    const reader = `${namespace}/${kind}/${name}`;
    const identity = [source, reader, reading.as, reading.place, reading.key, reading.needsRestart].join(
      '\n',
    );
    if (this.#known.has(identity)) return;
    this.isFull ||= this.#known.size >= MAX_READINGS;
    if (this.isFull) return;
    this.#known.add(identity);
    const readers = this.#readers.get(source) ?? new Map();
    this.#readers.set(source, readers);
    const known = readers.get(reader) ?? { namespace, kind, name, readings: [], workload: workload() };
    readers.set(reader, known);
    known.readings.push(reading);
  }

  /** In the order of their kinds in the lists of the cluster. With a key, only the readings of it. */
  readersOf(ref: SourceRef, key?: string): readonly SourceReader[] {
    const readers = [...(this.#readers.get(refText(ref))?.values() ?? [])];
    if (key === undefined) return readers;
    return readers.flatMap((reader) => {
      const readings = reader.readings.filter((reading) => reading.key === undefined || reading.key === key);
      return readings.length === 0 ? [] : { ...reader, readings };
    });
  }
}

/** Undefined if a cluster-scoped object names no namespace. */
export function sourceOf(
  { source, name, namespace: named }: Reading,
  object: Pick<UsingObject, 'namespace'>,
): SourceRef | undefined {
  const namespace = named ?? object.namespace;
  return namespace === undefined ? undefined : { source, namespace, name };
}

const refText = ({ source, namespace, name }: SourceRef): string => `${source}/${namespace}/${name}`;
