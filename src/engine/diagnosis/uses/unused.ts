import { MAX_POD_READINGS } from '../../workloads/references/pod-readings.ts';
import { sourceOf, type UsingObject } from './use-index.ts';

/** A Secret, or some of its keys, that no object reads. */
export interface UnusedKeys {
  readonly namespace: string;
  readonly name: string;
  /** No object names the Secret. */
  readonly isWhole: boolean;
  /** At most `MAX_KEYS` of them. */
  readonly keys: readonly string[];
  readonly keyCount: number;
}

/** Bounds the memory, to about 100 MB. */
const MAX_READ_KEYS = 500_000;
/** Keys in a row. A real Secret rarely has more. */
const MAX_KEYS = 100;

/** The keys of each Secret that an object reads. Memory grows with their number, and no value is kept. */
export class ReadKeys {
  readonly #keys = new Map<string, Set<string> | 'all'>();
  #size = 0;
  /** Some readings were left out. */
  isFull = false;

  add(object: UsingObject): void {
    let count = 0;
    for (const reading of object.readings) {
      const ref = sourceOf(reading, object);
      count += 1;
      if (ref?.source === 'Secret') this.#addKey(`${ref.namespace}/${ref.name}`, reading.key);
    }
    this.isFull ||= count >= MAX_POD_READINGS;
  }

  #addKey(secret: string, key: string | undefined): void {
    const known = this.#keys.get(secret);
    if (known === 'all' || (key !== undefined && known?.has(key))) return;
    this.isFull ||= this.#size >= MAX_READ_KEYS;
    if (this.isFull) return;
    this.#size += 1;
    if (key === undefined) this.#keys.set(secret, 'all');
    else if (known === undefined) this.#keys.set(secret, new Set([key]));
    else known.add(key);
  }

  /** Undefined if each of its keys is read. */
  unusedOf(namespace: string, name: string, keys: readonly string[]): UnusedKeys | undefined {
    const read = this.#keys.get(`${namespace}/${name}`);
    if (read === 'all') return undefined;
    const unused = read === undefined ? keys : keys.filter((key) => !read.has(key));
    if (read !== undefined && unused.length === 0) return undefined;
    return {
      namespace,
      name,
      isWhole: read === undefined,
      keys: unused.slice(0, MAX_KEYS),
      keyCount: unused.length,
    };
  }
}
